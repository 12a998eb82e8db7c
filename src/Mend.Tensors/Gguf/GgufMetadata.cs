using System.Buffers.Binary;

namespace Mend.Tensors;

/// <summary>
/// The metadata of a GGUF file, by key. Values are read from the mapping when they are asked for, so a vocabulary costs nothing until
/// then. Valid until the file is disposed; safe to share between threads.
/// </summary>
public sealed class GgufMetadata
{
    private readonly string _path;
    private readonly MappedFile _file;
    private readonly Dictionary<string, Value> _values;

    internal GgufMetadata(string path, MappedFile file, Dictionary<string, Value> values)
    {
        _path = path;
        _file = file;
        _values = values;
    }

    /// <summary>The keys, in the file's order.</summary>
    public IEnumerable<string> Keys => _values.Keys;

    /// <summary>Whether there is a value.</summary>
    /// <param name="key">The key.</param>
    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>The type of a value, or null when the key is absent.</summary>
    /// <param name="key">The key.</param>
    public GgufValueType? TypeOf(string key) => _values.TryGetValue(key, out Value value) ? value.Type : null;

    /// <summary>A text, or null when the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="CheckpointException">The value has another type.</exception>
    public string? Text(string key) => Find(key, "a text", t => t == GgufValueType.Text) is { } value ? At(value.Start).Text($"'{key}'") : null;

    /// <summary>true or false, or null when the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="CheckpointException">The value has another type.</exception>
    public bool? Flag(string key) => Find(key, "true or false", t => t == GgufValueType.Bool) is { } value ? At(value.Start).Take(1, key)[0] != 0 : null;

    /// <summary>A whole number, or null when the key is absent; the value of a list whose entries are all equal counts as one.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="CheckpointException">The value has another type, or does not fit into 64 bits with a sign.</exception>
    public long? Integer(string key)
    {
        if (IsList(key))
        {
            long[] entries = Integers(key)!;
            return entries.Length > 0 && entries.AsSpan().IndexOfAnyExcept(entries[0]) < 0
                ? entries[0]
                : throw Wrong(key, $"a list of {entries.Length} numbers that differ", "a whole number, or the same one for all blocks");
        }

        return Find(key, "a whole number", IsInteger) is { } value ? Whole(key, value.Type, At(value.Start)) : null;
    }

    /// <summary>A number, or null when the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="CheckpointException">The value has another type.</exception>
    public double? Number(string key) => Find(key, "a number", t => IsInteger(t) || IsFloat(t)) is not { } value ? null : IsInteger(value.Type)
        ? Whole(key, value.Type, At(value.Start))
        : Fraction(value.Type, At(value.Start));

    /// <summary>Whether the value is a list.</summary>
    /// <param name="key">The key.</param>
    public bool IsList(string key) => TypeOf(key) == GgufValueType.Array;

    /// <summary>How many entries a list has; 0 when the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="CheckpointException">The value is no list.</exception>
    public long Count(string key) => Find(key, "a list", t => t == GgufValueType.Array)?.Count ?? 0;

    /// <summary>A list of texts, or null when the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="CheckpointException">The value has another type.</exception>
    public string[]? Texts(string key) => List(key, "a list of texts", t => t == GgufValueType.Text, (_, reader) => reader.Text($"an entry of '{key}'"));

    /// <summary>A list of whole numbers, or null when the key is absent; true and false count as 1 and 0.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="CheckpointException">The value has another type.</exception>
    public long[]? Integers(string key) =>
        List(key, "a list of whole numbers", t => IsInteger(t) || t == GgufValueType.Bool, (type, reader) => Whole(key, type, reader));

    /// <summary>A list of numbers, or null when the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="CheckpointException">The value has another type.</exception>
    public double[]? Numbers(string key) =>
        List(key, "a list of numbers", t => IsInteger(t) || IsFloat(t), (type, reader) => IsFloat(type) ? Fraction(type, reader) : Whole(key, type, reader));

    /// <summary>Bytes of a value of fixed size; null for texts and lists.</summary>
    internal static int? SizeOf(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
        _ => null,
    };

    private static bool IsInteger(GgufValueType type) => SizeOf(type) is not null && !IsFloat(type) && type != GgufValueType.Bool;

    private static bool IsFloat(GgufValueType type) => type is GgufValueType.Float32 or GgufValueType.Float64;

    private static double Fraction(GgufValueType type, GgufReader reader) => type == GgufValueType.Float32
        ? BinaryPrimitives.ReadSingleLittleEndian(reader.Take(sizeof(float), "a number"))
        : BinaryPrimitives.ReadDoubleLittleEndian(reader.Take(sizeof(double), "a number"));

    private long Whole(string key, GgufValueType type, GgufReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.Take(SizeOf(type)!.Value, key);
        ulong wide = type == GgufValueType.UInt64 ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        return type switch
        {
            GgufValueType.UInt8 or GgufValueType.Bool => bytes[0],
            GgufValueType.Int8 => (sbyte)bytes[0],
            GgufValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            GgufValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            GgufValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            GgufValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            GgufValueType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            _ => wide <= long.MaxValue ? (long)wide : throw Wrong(key, $"{wide}", $"a whole number up to {long.MaxValue}"),
        };
    }

    private T[]? List<T>(string key, string wanted, Func<GgufValueType, bool> fits, Func<GgufValueType, GgufReader, T> read)
    {
        if (Find(key, wanted, t => t == GgufValueType.Array) is not { } list)
        {
            return null;
        }

        if (!fits(list.Entries))
        {
            throw Wrong(key, $"a list of {list.Entries}", wanted);
        }

        // The header was walked through: there are as many entries as it says.
        T[] entries = new T[list.Count <= Array.MaxLength ? list.Count : throw Wrong(key, $"a list of {list.Count} entries", $"at most {Array.MaxLength}")];
        GgufReader reader = At(list.Start);
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = read(list.Entries, reader);
        }

        return entries;
    }

    private Value? Find(string key, string wanted, Func<GgufValueType, bool> fits) =>
        !_values.TryGetValue(key, out Value value) ? null : fits(value.Type) ? value : throw Wrong(key, $"a value of type {value.Type}", wanted);

    private GgufReader At(long position) => new(_path, _file) { Position = position };

    private CheckpointException Wrong(string key, string seen, string wanted) =>
        new($"'{_path}' has {seen} as '{key}'; {wanted} is wanted. Download the file again, or convert the model again.");

    /// <summary>Where a value lies.</summary>
    /// <param name="Type">Its type.</param>
    /// <param name="Start">Its first byte; of a list, that of the first entry.</param>
    /// <param name="Entries">The type of a list's entries.</param>
    /// <param name="Count">How many entries a list has.</param>
    internal readonly record struct Value(GgufValueType Type, long Start, GgufValueType Entries = default, long Count = 0);
}
