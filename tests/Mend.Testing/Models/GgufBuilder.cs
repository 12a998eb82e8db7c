using System.Buffers.Binary;
using System.Text;
using Mend.Tensors;

namespace Mend.Testing;

/// <summary>Writes small GGUF files, also such as no writer would write.</summary>
public sealed class GgufBuilder
{
    private readonly List<(string Key, GgufValueType Type, byte[] Value)> _pairs = [];
    private readonly List<(string Name, Shape Shape, uint Type, byte[] Data)> _tensors = [];

    /// <summary>The format's version.</summary>
    public uint Version { get; init; } = 3;

    /// <summary>What offsets are multiples of.</summary>
    public int Alignment { get; init; } = 32;

    /// <summary>ggml's numbers of types.</summary>
    public static uint Number(DType type) => type switch
    {
        DType.F32 => 0,
        DType.F16 => 1,
        DType.BF16 => 30,
        DType.Q8_0 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Writes a model as several files.</summary>
    /// <param name="path">The model, in one file.</param>
    /// <param name="stem">The files' path before their numbers.</param>
    /// <param name="parts">How many.</param>
    /// <returns>The files.</returns>
    public static string[] Split(string path, string stem, int parts)
    {
        using GgufFile whole = GgufFile.Open(path);
        List<StoredTensor> tensors = [.. whole.Tensors.Values];
        return [.. Enumerable.Range(0, parts).Select(part =>
        {
            GgufBuilder builder = new GgufBuilder().Pair("split.no", GgufValueType.UInt16, BitConverter.GetBytes((ushort)part))
                .Pair("split.count", GgufValueType.UInt16, BitConverter.GetBytes((ushort)parts)).Pair("split.tensors.count", GgufValueType.Int32, BitConverter.GetBytes(tensors.Count));
            if (part == 0)
            {
                builder.Copy(whole.Metadata);
            }

            foreach (StoredTensor tensor in tensors.Where((_, i) => i * parts / tensors.Count == part))
            {
                builder.Tensor(tensor.Name, tensor.Shape, Number(tensor.Type), tensor.Bytes(0, (int)tensor.ByteLength).ToArray());
            }

            return builder.Write($"{stem}-{part + 1:00000}-of-{parts:00000}.gguf");
        })];
    }

    public GgufBuilder Text(string key, string value) => Pair(key, GgufValueType.Text, TextBytes(value));

    public GgufBuilder Integer(string key, uint value) => Pair(key, GgufValueType.UInt32, BitConverter.GetBytes(value));

    public GgufBuilder Number(string key, float value) => Pair(key, GgufValueType.Float32, BitConverter.GetBytes(value));

    public GgufBuilder Flag(string key, bool value) => Pair(key, GgufValueType.Bool, [value ? (byte)1 : (byte)0]);

    public GgufBuilder Texts(string key, IEnumerable<string> values) => List(key, GgufValueType.Text, [.. values.Select(TextBytes)]);

    public GgufBuilder Integers(string key, IEnumerable<int> values) => List(key, GgufValueType.Int32, [.. values.Select(BitConverter.GetBytes)]);

    public GgufBuilder Numbers(string key, IEnumerable<float> values) => List(key, GgufValueType.Float32, [.. values.Select(BitConverter.GetBytes)]);

    /// <summary>A pair of any type.</summary>
    public GgufBuilder Pair(string key, GgufValueType type, byte[] value)
    {
        _pairs.Add((key, type, value));
        return this;
    }

    /// <summary>A tensor of floats, rounded to F32, F16 or BF16.</summary>
    public GgufBuilder Tensor(string name, Shape shape, float[] values, DType type = DType.F32)
    {
        using MemoryStream stream = new();
        TensorData.FromFloats(name, shape, values, type).Write(stream);
        return Tensor(name, shape, Number(type), stream.ToArray());
    }

    /// <summary>A tensor of bytes.</summary>
    public GgufBuilder Tensor(string name, Shape shape, uint type, byte[] data)
    {
        _tensors.Add((name, shape, type, data));
        return this;
    }

    /// <summary>The file.</summary>
    public byte[] Build()
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_pairs.Count);
        foreach ((string key, GgufValueType type, byte[] value) in _pairs)
        {
            writer.Write(TextBytes(key));
            writer.Write((uint)type);
            writer.Write(value);
        }

        ulong offset = 0;
        foreach ((string name, Shape shape, uint type, byte[] data) in _tensors)
        {
            writer.Write(TextBytes(name));
            writer.Write(shape.Rank);
            foreach (int extent in shape.Extents.ToArray().Reverse())
            {
                writer.Write((ulong)extent);
            }

            writer.Write(type);
            writer.Write(offset);
            offset = Aligned(offset + (ulong)data.Length);
        }

        foreach ((_, _, _, byte[] data) in _tensors)
        {
            writer.Write(new byte[Aligned((ulong)stream.Position) - (ulong)stream.Position]);
            writer.Write(data);
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Writes the file.</summary>
    public string Write(string path)
    {
        File.WriteAllBytes(path, Build());
        return path;
    }

    private void Copy(GgufMetadata metadata)
    {
        foreach (string key in metadata.Keys)
        {
            _ = metadata.TypeOf(key) switch
            {
                GgufValueType.Text => Text(key, metadata.Text(key)!),
                GgufValueType.Bool => Flag(key, metadata.Flag(key)!.Value),
                GgufValueType.Float32 => Number(key, (float)metadata.Number(key)!.Value),
                GgufValueType.Array when key.EndsWith("token_type", StringComparison.Ordinal) => Integers(key, metadata.Integers(key)!.Select(i => (int)i)),
                GgufValueType.Array => Texts(key, metadata.Texts(key)!),
                _ => Integer(key, (uint)metadata.Integer(key)!.Value),
            };
        }
    }

    private static byte[] TextBytes(string value)
    {
        byte[] text = Encoding.UTF8.GetBytes(value);
        byte[] bytes = new byte[sizeof(ulong) + text.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)text.Length);
        text.CopyTo(bytes, sizeof(ulong));
        return bytes;
    }

    private GgufBuilder List(string key, GgufValueType type, byte[][] entries)
    {
        byte[] head = new byte[sizeof(uint) + sizeof(ulong)];
        BinaryPrimitives.WriteUInt32LittleEndian(head, (uint)type);
        BinaryPrimitives.WriteUInt64LittleEndian(head.AsSpan(sizeof(uint)), (ulong)entries.Length);
        return Pair(key, GgufValueType.Array, [.. head, .. entries.SelectMany(e => e)]);
    }

    private ulong Aligned(ulong position) => (position + (ulong)Alignment - 1) / (ulong)Alignment * (ulong)Alignment;
}
