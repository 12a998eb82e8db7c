namespace Mend.Tensors;

/// <summary>The head of a GGUF file, checked against the file's length: metadata, and where the tensors lie.</summary>
/// <remarks>
/// The format (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): "GGUF", version, number of tensors, number of metadata
/// pairs; the pairs; the tensors' names, dimensions (fastest first), types and offsets; and, aligned, their data.
/// </remarks>
internal sealed class GgufHeader
{
    private const string AlignmentKey = "general.alignment";
    private const int UsualAlignment = 32;
    private const int MostDimensions = 4;
    private const int LongestKey = ushort.MaxValue;

    private readonly string _path;
    private readonly GgufReader _reader;
    private readonly Dictionary<string, GgufMetadata.Value> _values = new(StringComparer.Ordinal);
    private readonly List<Pair> _pairs = [];
    private readonly List<Entry> _tensors = [];

    private GgufHeader(string path, MappedFile file)
    {
        _path = path;
        _reader = new GgufReader(path, file);
        Metadata = new GgufMetadata(path, file, _values);
    }

    /// <summary>The format's version, 2 or 3.</summary>
    public uint Version { get; private set; }

    /// <summary>The metadata.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>The tensors, in the file's order.</summary>
    public IReadOnlyList<Entry> Tensors => _tensors;

    /// <summary>What offsets of tensors are multiples of.</summary>
    public int Alignment { get; private set; } = UsualAlignment;

    /// <summary>Where the metadata pairs lie, in the file's order.</summary>
    public IReadOnlyList<Pair> Pairs => _pairs;

    /// <summary>First byte of the tensors' data.</summary>
    public long DataStart { get; private set; }

    /// <summary>Reads and checks the head of a mapped file.</summary>
    /// <exception cref="CheckpointException">It is damaged, or no GGUF file that is supported.</exception>
    public static GgufHeader Read(string path, MappedFile file)
    {
        GgufHeader header = new(path, file);
        header.ReadAll(file.Length);
        return header;
    }

    private void ReadAll(long length)
    {
        ReadOnlySpan<byte> magic = _reader.Take(4, "the file's head");
        if (!magic.SequenceEqual("GGUF"u8))
        {
            throw new CheckpointException($"'{_path}' begins with {Convert.ToHexString(magic)}; a GGUF file begins with 47475546 (GGUF). {(magic[..2].SequenceEqual("gg"u8) || magic[..2].SequenceEqual("GG"u8) ? "Older GGML files must be converted again, with llama.cpp's convert_hf_to_gguf.py." : "It is damaged or another kind of file: download it again.")}");
        }

        Version = _reader.UInt32("the file's head");
        if (Version is not (2 or 3))
        {
            bool swapped = (Version & 0xFFFF) == 0;
            throw new CheckpointException(swapped
                ? $"'{_path}' is written for big-endian machines; little-endian files are read. Convert it with llama.cpp's gguf_convert_endian.py."
                : $"'{_path}' is of version {Version} of GGUF; 2 and 3 are read. Convert the model again with a current llama.cpp.");
        }

        long tensors = _reader.Count(32, "tensors");
        long pairs = _reader.Count(13, "metadata pairs");
        for (long i = 0; i < pairs; i++)
        {
            long start = _reader.Position;
            string key = ReadPair();
            _pairs.Add(new Pair(key, start, _reader.Position));
        }

        ReadAlignment();
        for (long i = 0; i < tensors; i++)
        {
            _tensors.Add(ReadTensor());
        }

        DataStart = Aligned(_reader.Position, Alignment);
        Place(length);
    }

    /// <summary>The next multiple of the alignment.</summary>
    internal static long Aligned(long position, int alignment) => checked((position + alignment - 1) / alignment * alignment);

    private string ReadPair()
    {
        string key = _reader.Text("a metadata key");
        if (key.Length is 0 or > LongestKey)
        {
            throw Damaged($"has a metadata key of {key.Length} characters; 1 to {LongestKey} are allowed");
        }

        GgufValueType type = ReadType(key);
        GgufMetadata.Value value = new(type, _reader.Position);
        if (type == GgufValueType.Array)
        {
            value = ReadList(key);
        }
        else
        {
            Skip(key, type);
        }

        if (!_values.TryAdd(key, value))
        {
            throw Damaged($"has the metadata key '{key}' twice");
        }

        return key;
    }

    private GgufMetadata.Value ReadList(string key)
    {
        GgufValueType entries = ReadType(key);
        if (entries == GgufValueType.Array)
        {
            throw Damaged($"has a list of lists as '{key}'; lists of values are wanted");
        }

        int? size = GgufMetadata.SizeOf(entries);
        long count = _reader.Count(size ?? sizeof(ulong), $"entries of '{key}'");
        GgufMetadata.Value value = new(GgufValueType.Array, _reader.Position, entries, count);
        if (size is { } bytes)
        {
            _reader.Skip(count * bytes, $"the list '{key}'");
        }
        else
        {
            for (long i = 0; i < count; i++)
            {
                _reader.SkipText($"an entry of '{key}'");
            }
        }

        return value;
    }

    private GgufValueType ReadType(string key)
    {
        uint type = _reader.UInt32($"the type of '{key}'");
        return type <= (uint)GgufValueType.Float64 ? (GgufValueType)type : throw Damaged($"gives '{key}' the type {type}; 0 to {(uint)GgufValueType.Float64} are known");
    }

    private void Skip(string key, GgufValueType type)
    {
        if (GgufMetadata.SizeOf(type) is { } size)
        {
            _reader.Skip(size, $"'{key}'");
        }
        else
        {
            _reader.SkipText($"'{key}'");
        }
    }

    private void ReadAlignment()
    {
        if (Metadata.Integer(AlignmentKey) is not { } alignment)
        {
            return;
        }

        Alignment = alignment is > 0 and <= 1 << 20 && long.IsPow2(alignment)
            ? (int)alignment
            : throw Damaged($"has {alignment} as '{AlignmentKey}'; a power of two from 1 to {1 << 20} is wanted");
    }

    private Entry ReadTensor()
    {
        string name = _reader.Text("a tensor's name");
        uint dimensions = _reader.UInt32($"the dimensions of tensor '{name}'");
        if (dimensions is 0 or > MostDimensions)
        {
            throw Damaged(name, $"has {dimensions} dimensions; 1 to {MostDimensions} are allowed");
        }

        int[] extents = new int[dimensions];
        for (int i = extents.Length - 1; i >= 0; i--)
        {
            ulong extent = _reader.UInt64($"the dimensions of tensor '{name}'");
            extents[i] = extent is > 0 and <= int.MaxValue ? (int)extent : throw Damaged(name, $"has a dimension of {extent}; 1 to {int.MaxValue} are allowed");
        }

        uint number = _reader.UInt32($"the type of tensor '{name}'");
        ulong offset = _reader.UInt64($"the offset of tensor '{name}'");
        DType type = GgufTensorTypes.Find(number, out string typeName)
            ?? throw new CheckpointException($"Tensor '{name}' in '{_path}' has the type {typeName}, which is not read; F32, F16, BF16, Q4_0 to Q8_0 and the K types (Q2_K to Q6_K, Q8_K) are. Take another file of the model, such as its Q4_K_M or Q8_0.");
        if (extents[^1] % type.BlockLength() != 0)
        {
            throw Damaged(name, $"has rows of {extents[^1]} elements; {type} wants a multiple of {type.BlockLength()}");
        }

        if (offset % (ulong)Alignment != 0)
        {
            throw Damaged(name, $"lies at offset {offset}, which is no multiple of the alignment {Alignment}");
        }

        try
        {
            Shape shape = new(extents);
            return new Entry(name, type, shape, offset, type.BytesOf(shape.Length));
        }
        catch (OverflowException)
        {
            throw Damaged(name, $"has dimensions [{string.Join(", ", extents)}], more elements than can be counted");
        }
    }

    /// <summary>Every tensor lies inside the file, none inside another, and no name is there twice.</summary>
    private void Place(long length)
    {
        ulong room = (ulong)Math.Max(0, length - DataStart);
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (Entry entry in _tensors)
        {
            if (!names.Add(entry.Name))
            {
                throw Damaged(entry.Name, "is described twice");
            }

            if (entry.Offset > room || (ulong)entry.ByteLength > room - entry.Offset)
            {
                throw Damaged(entry.Name, $"takes {entry.ByteLength} bytes at offset {entry.Offset} of the data, of which the file has {room} bytes");
            }
        }

        Entry? previous = null;
        foreach (Entry entry in _tensors.OrderBy(e => e.Offset))
        {
            if (previous is { } before && entry.Offset < before.Offset + (ulong)before.ByteLength)
            {
                throw Damaged(entry.Name, $"begins at offset {entry.Offset}, inside '{before.Name}', which ends at {before.Offset + (ulong)before.ByteLength}");
            }

            previous = entry;
        }
    }

    private CheckpointException Damaged(string what) => new($"'{_path}' {what}. The file is damaged or not whole: download it again.");

    private CheckpointException Damaged(string tensor, string what) => new($"Tensor '{tensor}' in '{_path}' {what}. The file is damaged or not whole: download it again.");

    /// <summary>One tensor of the head.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Type">Its element type.</param>
    /// <param name="Shape">Its shape, outermost first.</param>
    /// <param name="Offset">First byte, relative to the data.</param>
    /// <param name="ByteLength">Length in bytes.</param>
    internal readonly record struct Entry(string Name, DType Type, Shape Shape, ulong Offset, long ByteLength);

    /// <summary>One metadata pair.</summary>
    /// <param name="Key">Its key.</param>
    /// <param name="Start">Its first byte in the file.</param>
    /// <param name="End">The first byte after it.</param>
    internal readonly record struct Pair(string Key, long Start, long End);
}
