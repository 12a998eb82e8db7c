using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mend.Tensors;

/// <summary>
/// A file mapped read-only. The mapping lives until its creator and everyone who took a share of it have let go, so
/// weights stay readable when the checkpoint object that opened them is disposed. Thread-safe.
/// </summary>
internal sealed unsafe partial class MappedFile : IDisposable
{
    private const int DontNeed = 4;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private int _references = 1;
    private int _disposed;

    /// <summary>Maps a whole file, which must not be empty.</summary>
    /// <exception cref="IOException">The file cannot be opened or mapped.</exception>
    public MappedFile(string path)
    {
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Length = RandomAccess.GetLength(handle);
        _file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        Address = (nint)(pointer + _view.PointerOffset);
    }

    /// <summary>Length of the file in bytes.</summary>
    public long Length { get; }

    /// <summary>Address of the first byte.</summary>
    public nint Address { get; }

    /// <summary>
    /// Lets whole pages of a range leave this process's memory; reading them again brings them back. A hint: nothing
    /// happens where the system has no such call.
    /// </summary>
    public static void Forget(nint address, long length)
    {
        nint page = Environment.SystemPageSize;
        nint start = (address + page - 1) / page * page;
        nint end = (address + (nint)length) / page * page;
        if (OperatingSystem.IsLinux() && end > start)
        {
            _ = Advise(start, (nuint)(end - start), DontNeed);
        }
    }

    /// <summary>Takes a share; each is let go with <see cref="Release"/>.</summary>
    /// <exception cref="ObjectDisposedException">The last share has been let go already.</exception>
    public void Retain()
    {
        int seen = Volatile.Read(ref _references);
        while (true)
        {
            ObjectDisposedException.ThrowIf(seen <= 0, typeof(SafetensorsFile));
            int now = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (now == seen)
            {
                return;
            }

            seen = now;
        }
    }

    /// <summary>Lets a share go; with the last one the file is unmapped.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }

    /// <summary>Lets the creator's share go; may be called more than once.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Release();
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
