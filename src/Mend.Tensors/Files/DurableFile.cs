using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Mend.Tensors;

/// <summary>
/// Files that are there complete or not at all, also after a power cut: written under another name beside their own, flushed, renamed, and the
/// folder flushed. What is replaced must be of the same kind; what a writer left that was killed is cleared by the next one.
/// </summary>
public static partial class DurableFile
{
    private const int ErrnoInterrupted = 4;
    private const int BufferBytes = 1 << 20;
    private const string Ending = ".tmp";

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content to the stream, from its beginning.</param>
    /// <param name="mayReplace">Whether the file that is there is of this kind, unless it is empty; null: there must be none.</param>
    /// <exception cref="IOException">A file of another kind is there, or it cannot be written. Nothing was changed.</exception>
    public static void Write(string path, Action<Stream> write, Func<string, bool>? mayReplace)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        ThrowIfForeign(path, mayReplace);
        ClearLeftovers(path);
        string temporary = string.Create(CultureInfo.InvariantCulture, $"{path}.{Guid.NewGuid():N}{Ending}");
        try
        {
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            // Again: what came there meanwhile is not this writer's to replace either.
            ThrowIfForeign(path, mayReplace);
            File.Move(temporary, path, overwrite: mayReplace is not null);
            FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Writes a text file in UTF-8.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="text">The text.</param>
    /// <param name="beginning">What files of its kind begin with; such a one is replaced.</param>
    /// <exception cref="IOException">A file of another kind is there, or it cannot be written. Nothing was changed.</exception>
    public static void WriteText(string path, string text, string beginning)
    {
        ArgumentNullException.ThrowIfNull(text);
        Write(path, file => file.Write(Encoding.UTF8.GetBytes(text)), there => BeginsWith(there, beginning));
    }

    /// <summary>Throws when <see cref="WriteText"/> would; to be asked before hours of work.</summary>
    /// <param name="path">The file to be written.</param>
    /// <param name="beginning">What files of its kind begin with.</param>
    /// <exception cref="IOException">A file of another kind is there, or a folder.</exception>
    public static void ThrowIfForeignText(string path, string beginning) => ThrowIfForeign(path, there => BeginsWith(there, beginning));

    /// <summary>Throws when something is in a file's place that it must not replace; to be asked before hours of work, too.</summary>
    /// <param name="path">The file to be written.</param>
    /// <param name="mayReplace">Whether the file that is there is of its kind, unless it is empty; null: there must be none.</param>
    /// <exception cref="IOException">It is of another kind, or a folder.</exception>
    public static void ThrowIfForeign(string path, Func<string, bool>? mayReplace)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"'{path}' is a folder; name a file.");
        }

        // An empty file is nothing to lose: `mktemp` makes one to hold the name.
        if (File.Exists(path) && !(mayReplace is not null && new FileInfo(path).Length == 0) && mayReplace?.Invoke(path) != true)
        {
            throw new IOException(mayReplace is null
                ? $"'{path}' exists already; name a file that does not."
                : $"'{path}' exists and is not such a file as would be written to it, so it is left as it is; name another file, or remove it.");
        }
    }

    /// <summary>Flushes all files in a folder, and the folder, so that they are on the disk before its name is.</summary>
    /// <param name="path">The folder.</param>
    public static void FlushContent(string path)
    {
        foreach (string file in Directory.EnumerateFiles(path))
        {
            // A copy of a read-only file is one, too; Windows flushes none.
            using SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, OperatingSystem.IsWindows() ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }

        FlushFolder(path);
    }

    /// <summary>Makes the names in a folder durable. Does nothing on Windows, whose file systems keep names in a journal.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">The disk fails.</exception>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Retry(() => Open(path, 0), path);
        try
        {
            Retry(() => Flush(descriptor), path);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static bool BeginsWith(string path, string beginning)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(beginning);
        using FileStream file = File.OpenRead(path);
        byte[] found = new byte[Math.Min(wanted.Length, file.Length)];
        file.ReadExactly(found);
        return wanted.AsSpan().SequenceEqual(found);
    }

    /// <summary>A file that a writer still has open is locked by it.</summary>
    private static void ClearLeftovers(string path)
    {
        string full = Path.GetFullPath(path);
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(full)!, Path.GetFileName(full) + ".*" + Ending))
        {
            if (Guid.TryParseExact(Path.GetFileName(file)[(Path.GetFileName(full).Length + 1)..^Ending.Length], "N", out _))
            {
                try
                {
                    using FileStream held = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                    File.Delete(file);
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    // Somebody is writing it.
                }
            }
        }
    }

    private static int Retry(Func<int> call, string path)
    {
        while (true)
        {
            int result = call();
            if (result >= 0)
            {
                return result;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != ErrnoInterrupted)
            {
                throw new IOException($"'{path}': the folder could not be flushed to the disk ({Marshal.GetPInvokeErrorMessage(error)}, errno {error}). Check the disk; then try again.");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
