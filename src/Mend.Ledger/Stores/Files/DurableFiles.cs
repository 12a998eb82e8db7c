using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Mend.Tensors;

namespace Mend.Ledger;

/// <summary>
/// The few file operations whose durability and atomicity the ledger rests on. .NET has neither an atomic move that refuses
/// to replace (File.Move checks, then renames) nor a flush of a directory (see <see cref="DurableFile"/>), so those two call the operating system.
/// </summary>
internal static partial class DurableFiles
{
    private const int ErrnoInterrupted = 4;
    private const int ErrnoExists = 17;
    private const int ErrorFileExists = 80;
    private const int ErrorAlreadyExists = 183;
    private const int MoveFileWriteThrough = 8;

    /// <summary>Creates a file with this content and flushes it to the disk. The name itself is not yet durable.</summary>
    public static void WriteNew(string path, ReadOnlySpan<byte> content)
    {
        using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Reads a file; null when it does not exist.</summary>
    public static byte[]? ReadOrNull(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            byte[] content = new byte[file.Length];
            file.ReadExactly(content);
            return content;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Gives a complete file its final name, if that name is free: one atomic step, whatever other processes do. The source's
    /// own name is gone or superfluous afterwards; the caller deletes it.
    /// </summary>
    /// <returns>False: the name is taken.</returns>
    public static bool TryPublish(string source, string destination) =>
        OperatingSystem.IsWindows() ? TryMove(source, destination) : TryLink(source, destination);

    /// <summary>Makes the names in a directory durable. Does nothing on Windows, where the move itself writes through.</summary>
    public static void FlushDirectory(string path)
    {
        try
        {
            DurableFile.FlushFolder(path);
        }
        catch (IOException error)
        {
            throw new LedgerStoreException(path, error.Message, error);
        }
    }

    /// <summary>Deletes a file if it is there and can be deleted; a leftover is somebody else's to collect.</summary>
    public static bool TryDelete(string path)
    {
        try
        {
            bool there = File.Exists(path);
            File.Delete(path);
            return there;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Deletes a folder if it is there and empty.</summary>
    public static void TryDeleteEmpty(string path)
    {
        try
        {
            Directory.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody has put something into it, or was quicker.
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static bool TryLink(string source, string destination)
    {
        while (Link(source, destination) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == ErrnoExists)
            {
                return false;
            }

            if (error != ErrnoInterrupted)
            {
                throw new LedgerStoreException(
                    destination,
                    $"the file could not be linked into place ({Marshal.GetPInvokeErrorMessage(error)}, errno {error}). " +
                    "The ledger's folder must lie on a file system with hard links (ext4, xfs, btrfs, zfs, apfs, nfs), and have room.");
            }
        }

        return true;
    }

    [SupportedOSPlatform("windows")]
    private static bool TryMove(string source, string destination)
    {
        if (MoveFileEx(source, destination, MoveFileWriteThrough))
        {
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        return error is ErrorFileExists or ErrorAlreadyExists
            ? false
            : throw new LedgerStoreException(destination, "the file could not be moved into place.", new Win32Exception(error));
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string created);

    [LibraryImport("kernel32", EntryPoint = "MoveFileExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool MoveFileEx(string source, string destination, int flags);
}
