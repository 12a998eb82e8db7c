namespace Mend.Tensors;

/// <summary>
/// A GGUF file, memory-mapped read-only. Opening reads and checks its head only. Safe to share between threads; tensors and metadata
/// are valid until the file is disposed, weights loaded from it for as long as they live.
/// </summary>
public sealed class GgufFile : IDisposable
{
    private const int ShortestFile = 24;

    private readonly MappedFile _file;

    private GgufFile(string path, MappedFile file, GgufHeader header)
    {
        Path = path;
        _file = file;
        Header = header;
        Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);
        foreach (GgufHeader.Entry entry in header.Tensors)
        {
            nint address = file.Address + (nint)(header.DataStart + (long)entry.Offset);
            tensors.Add(entry.Name, new StoredTensor(entry.Name, entry.Type, entry.Shape, path, address, file));
        }

        Tensors = tensors;
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The metadata.</summary>
    public GgufMetadata Metadata => Header.Metadata;

    /// <summary>The tensors by name, in the file's order; shapes are outermost first, so a matrix is [out, in].</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The head as it was read.</summary>
    internal GgufHeader Header { get; }

    /// <summary>Whether a path is a GGUF file: by its name, or by how it begins.</summary>
    /// <param name="path">Any path.</param>
    public static bool Is(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        if (path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        try
        {
            using FileStream file = File.OpenRead(path);
            Span<byte> magic = stackalloc byte[4];
            return file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual("GGUF"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Maps a file and checks its head.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is missing, damaged, or of a version or type that is not read.</exception>
    public static GgufFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new CheckpointException($"GGUF file '{path}' does not exist. Check the path, or download the file again.");
        }

        if (new FileInfo(path).Length < ShortestFile)
        {
            throw new CheckpointException($"'{path}' is {new FileInfo(path).Length} bytes long; a GGUF file has at least {ShortestFile}. It is truncated: download it again.");
        }

        MappedFile? file = null;
        try
        {
            file = new MappedFile(path);
            GgufFile opened = new(path, file, GgufHeader.Read(path, file));
            file = null;
            return opened;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"'{path}' cannot be mapped: {e.Message} Check that this process may read it.", e);
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>A metadata pair as it lies in the file.</summary>
    internal ReadOnlySpan<byte> Bytes(GgufHeader.Pair pair) =>
        new GgufReader(Path, _file) { Position = pair.Start }.Take(checked((int)(pair.End - pair.Start)), $"'{pair.Key}'");

    /// <summary>Unmaps the file once no weight loaded from it is left.</summary>
    public void Dispose() => _file.Dispose();
}
