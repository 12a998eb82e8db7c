namespace Mend.Tensors;

/// <summary>
/// A safetensors file, memory-mapped read-only. Opening reads and checks the header only. Safe to share between threads;
/// tensors are valid until the file is disposed, weights loaded from them for as long as they live.
/// </summary>
/// <remarks>
/// The format (https://github.com/huggingface/safetensors): the header's length (8 bytes, little-endian), the header
/// (a JSON object: name → dtype, shape, data_offsets relative to the header's end), the tensors.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private readonly MappedFile _file;

    private SafetensorsFile(string path, MappedFile file, SafetensorsHeader header)
    {
        Path = path;
        _file = file;
        Metadata = header.Metadata;
        Dictionary<string, StoredTensor> tensors = new(header.Tensors.Count, StringComparer.Ordinal);
        Dictionary<string, UnreadTensor> unread = new(StringComparer.Ordinal);
        foreach (SafetensorsHeader.Entry entry in header.Tensors)
        {
            nint address = file.Address + (nint)(header.DataStart + entry.Start);
            if (entry.Type is { } type)
            {
                tensors.Add(entry.Name, new StoredTensor(entry.Name, type, entry.Shape, path, address, file));
            }
            else
            {
                unread.Add(entry.Name, new UnreadTensor(entry.Name, entry.Stated, path, entry.End - entry.Start));
            }
        }

        Tensors = tensors;
        Unread = unread;
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Tensors of types that are not read, by name.</summary>
    public IReadOnlyDictionary<string, UnreadTensor> Unread { get; }

    /// <summary>The header's <c>__metadata__</c>; empty if there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Maps a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new CheckpointException($"Checkpoint file '{path}' does not exist. Check the path, or download the file again.");
        }

        if (new FileInfo(path).Length < SafetensorsHeader.PrefixLength)
        {
            throw new CheckpointException($"'{path}' is {new FileInfo(path).Length} bytes long; a safetensors file has at least {SafetensorsHeader.PrefixLength}. It is truncated: download or write it again.");
        }

        MappedFile? file = null;
        try
        {
            if (LfsPointer.Is(path))
            {
                throw new CheckpointException(LfsPointer.Explain(path));
            }

            file = new MappedFile(path);
            SafetensorsFile opened = new(path, file, SafetensorsHeader.Read(path, file));
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

    /// <summary>A tensor by name.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="CheckpointException">The file has no such tensor, or its type is not read.</exception>
    public StoredTensor Get(string name) =>
        Tensors.TryGetValue(name, out StoredTensor? tensor) ? tensor
            : Unread.TryGetValue(name, out UnreadTensor? unread) ? throw unread.Refusal()
            : throw new CheckpointException($"'{Path}' has no tensor '{name}'. {TensorLookup.Hint(name, Tensors.Keys)}");

    /// <summary>A tensor by name, whose shape must be the one expected.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="expected">The shape it must have.</param>
    /// <exception cref="CheckpointException">The file has no such tensor, or its shape differs.</exception>
    public StoredTensor Get(string name, Shape expected) => Get(name).RequireShape(expected);

    /// <summary>Unmaps the file once no weight loaded from it is left.</summary>
    public void Dispose() => _file.Dispose();
}
