namespace Mend.Tensors;

/// <summary>What `git clone` leaves in place of a large file where Git LFS is not installed: a few lines of text.</summary>
public static class LfsPointer
{
    private const int Longest = 1024;

    /// <summary>Whether a file is such a pointer.</summary>
    /// <param name="path">The file.</param>
    public static bool Is(string path)
    {
        ReadOnlySpan<byte> start = "version https://git-lfs"u8;
        FileInfo info = new(path);
        if (!info.Exists || (info.LinkTarget is null && info.Length > Longest))
        {
            return false;
        }

        Span<byte> read = stackalloc byte[start.Length];
        using FileStream file = info.OpenRead();
        return file.Length <= Longest && file.ReadAtLeast(read, read.Length, throwOnEndOfStream: false) == read.Length && read.SequenceEqual(start);
    }

    /// <summary>What to do about one.</summary>
    /// <param name="path">The file.</param>
    public static string Explain(string path) =>
        $"'{path}' is a pointer of Git LFS and not the file itself: it was cloned without Git LFS. Run `git lfs pull` in its folder, or download the file.";
}
