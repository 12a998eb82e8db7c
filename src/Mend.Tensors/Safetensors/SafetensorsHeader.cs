using System.Buffers.Binary;
using System.Text.Json;

namespace Mend.Tensors;

/// <summary>The header of a safetensors file, checked against the file's length.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>Bytes before the header: its length.</summary>
    public const int PrefixLength = 8;

    /// <summary>The longest header accepted, the format's own limit.</summary>
    public const long LongestHeader = 100_000_000;

    private const string MetadataKey = "__metadata__";

    private readonly string _path;
    private readonly long _dataLength;
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly List<Entry> _tensors = [];

    private SafetensorsHeader(string path, long headerLength, long fileLength)
    {
        _path = path;
        DataStart = PrefixLength + headerLength;
        _dataLength = fileLength - DataStart;
    }

    /// <summary>Where the tensors begin in the file.</summary>
    public long DataStart { get; }

    /// <summary>Free-form strings of the file's writer.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>The tensors, in the header's order.</summary>
    public IReadOnlyList<Entry> Tensors => _tensors;

    /// <summary>Reads and checks the header of a mapped file.</summary>
    /// <exception cref="CheckpointException">The header is damaged.</exception>
    public static unsafe SafetensorsHeader Read(string path, MappedFile file)
    {
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>((void*)file.Address, PrefixLength));
        if (length > (ulong)LongestHeader)
        {
            throw new CheckpointException($"'{path}' announces a header of {length} bytes; at most {LongestHeader} are allowed. It is damaged or not a safetensors file: download it again.");
        }

        if ((long)length > file.Length - PrefixLength)
        {
            throw new CheckpointException($"'{path}' announces a header of {length} bytes but is only {file.Length} bytes long. It is truncated: download it again.");
        }

        SafetensorsHeader header = new(path, (long)length, file.Length);
        header.Parse(new ReadOnlySpan<byte>((byte*)file.Address + PrefixLength, (int)length));
        header.RequireWholeCover();
        return header;
    }

    private void Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(json.ToArray());
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new CheckpointException($"The header of '{_path}' is a JSON {document.RootElement.ValueKind}; an object is wanted. The file is damaged: download it again.");
            }

            HashSet<string> names = new(StringComparer.Ordinal);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (!names.Add(property.Name))
                {
                    throw Damaged(property.Name, "is described twice");
                }

                if (property.Name == MetadataKey)
                {
                    ReadMetadata(property.Value);
                }
                else
                {
                    _tensors.Add(ReadEntry(property.Name, property.Value));
                }
            }
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"The header of '{_path}' is not valid JSON: {e.Message} The file is damaged: download it again.", e);
        }
    }

    private void ReadMetadata(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Damaged(MetadataKey, $"is a JSON {value.ValueKind}; an object of strings is wanted");
        }

        foreach (JsonProperty property in value.EnumerateObject())
        {
            _metadata[property.Name] = property.Value.ValueKind == JsonValueKind.String
                ? property.Value.GetString() ?? string.Empty
                : throw Damaged(MetadataKey, $"has a value '{property.Name}' that is no string");
        }
    }

    private Entry ReadEntry(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Damaged(name, $"is described by a JSON {value.ValueKind}; an object with dtype, shape and data_offsets is wanted");
        }

        string stated = ReadType(name, value);
        (long start, long end) = ReadOffsets(name, value);
        if (SafetensorsTypes.Parse(stated) is not { } type)
        {
            return new Entry(name, stated, null, [1], start, end);
        }

        Shape shape = ReadShape(name, value);
        long wanted;
        try
        {
            wanted = checked(shape.Length * type.Size());
        }
        catch (OverflowException)
        {
            throw Damaged(name, $"has shape {shape}, more bytes than a file can hold");
        }

        return end - start == wanted
            ? new Entry(name, stated, type, shape, start, end)
            : throw Damaged(name, $"takes {end - start} bytes ({start}..{end}); {type} {shape} takes {wanted}");
    }

    private string ReadType(string name, JsonElement value) =>
        value.TryGetProperty("dtype", out JsonElement element) && element.ValueKind == JsonValueKind.String
            ? element.GetString()!
            : throw Damaged(name, "has no dtype");

    private Shape ReadShape(string name, JsonElement value)
    {
        if (!value.TryGetProperty("shape", out JsonElement element) || element.ValueKind != JsonValueKind.Array)
        {
            throw Damaged(name, "has no shape");
        }

        List<int> extents = [];
        foreach (JsonElement extent in element.EnumerateArray())
        {
            if (extent.ValueKind != JsonValueKind.Number || !extent.TryGetInt32(out int number) || number < 0)
            {
                throw Damaged(name, $"has an extent {extent.GetRawText()}; extents are integers from 0 to {int.MaxValue}");
            }

            extents.Add(number);
        }

        try
        {
            return extents.Count == 0 ? [1] : new Shape([.. extents]);
        }
        catch (OverflowException)
        {
            throw Damaged(name, $"has shape [{string.Join(", ", extents)}], more elements than can be counted");
        }
    }

    private (long Start, long End) ReadOffsets(string name, JsonElement value)
    {
        if (!value.TryGetProperty("data_offsets", out JsonElement element) || element.ValueKind != JsonValueKind.Array || element.GetArrayLength() != 2
            || element[0].ValueKind != JsonValueKind.Number || element[1].ValueKind != JsonValueKind.Number
            || !element[0].TryGetInt64(out long start) || !element[1].TryGetInt64(out long end))
        {
            throw Damaged(name, "has no data_offsets [start, end]");
        }

        return start >= 0 && end >= start && end <= _dataLength
            ? (start, end)
            : throw Damaged(name, $"lies at bytes {start}..{end}; the file has {_dataLength} bytes of data, 0..{_dataLength}");
    }

    /// <summary>The format wants every byte of the data to belong to exactly one tensor.</summary>
    private void RequireWholeCover()
    {
        long at = 0;
        string previous = "the header";
        foreach (Entry entry in _tensors.OrderBy(e => e.Start).ThenBy(e => e.End))
        {
            if (entry.Start < at)
            {
                throw Damaged(entry.Name, $"starts at byte {entry.Start}, inside '{previous}', which ends at {at}");
            }

            if (entry.Start > at)
            {
                throw Damaged(entry.Name, $"starts at byte {entry.Start}, but '{previous}' ends at {at}: bytes between them belong to no tensor");
            }

            at = entry.End;
            previous = entry.Name;
        }

        if (at != _dataLength)
        {
            throw new CheckpointException($"'{_path}' has {_dataLength} bytes of data, but its last tensor '{previous}' ends at {at}. The file is damaged: download it again.");
        }
    }

    private CheckpointException Damaged(string tensor, string what) =>
        new($"Tensor '{tensor}' in '{_path}' {what}. The file is damaged: download or write it again.");

    /// <summary>One tensor of the header.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Stated">Its element type, as the header spells it.</param>
    /// <param name="Type">Its element type; null when it is none that this library reads.</param>
    /// <param name="Shape">Its shape; a scalar is [1], and so is a tensor that is not read.</param>
    /// <param name="Start">First byte, relative to the data.</param>
    /// <param name="End">First byte after it.</param>
    internal readonly record struct Entry(string Name, string Stated, DType? Type, Shape Shape, long Start, long End);
}
