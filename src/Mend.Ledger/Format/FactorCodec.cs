using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Mend.Editing;

namespace Mend.Ledger;

/// <summary>
/// The stored form of one shard's factors of one edit: a safetensors file with, for each layer, <c>LAYER.u</c> [rank, in],
/// <c>LAYER.delta</c> [rank, out] and <c>LAYER.step</c> [1], float32 little-endian. Equal factors in any order give equal bytes.
/// Works on memory, because a store need not have files: 8 bytes header length, a JSON header, the data.
/// </summary>
internal static class FactorCodec
{
    private const string U = ".u";
    private const string Delta = ".delta";
    private const string Step = ".step";
    private const int Alignment = 8;

    /// <summary>Bytes of one layer's tensors.</summary>
    public static long SizeOf(EditFactors factors) => checked(sizeof(float) * (((long)factors.Rank * ((long)factors.Inputs + factors.Outputs)) + 1));

    public static byte[] Encode(IEnumerable<EditFactors> factors)
    {
        List<(string Name, int[] Shape, float[] Values)> tensors = [];
        foreach (EditFactors layer in factors.OrderBy(layer => layer.Layer, StringComparer.Ordinal))
        {
            tensors.Add((layer.Layer + Delta, [layer.Rank, layer.Outputs], layer.Delta));
            tensors.Add((layer.Layer + Step, [1], [layer.Step]));
            tensors.Add((layer.Layer + U, [layer.Rank, layer.Inputs], layer.U));
        }

        byte[] header = EncodeHeader(tensors);
        long length = checked(sizeof(long) + header.Length + tensors.Sum(tensor => tensor.Values.LongLength * sizeof(float)));
        byte[] file = new byte[length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, sizeof(long));
        int offset = sizeof(long) + header.Length;
        foreach ((_, _, float[] values) in tensors)
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes<float>(values);
            bytes.CopyTo(file.AsSpan(offset));
            offset += bytes.Length;
        }

        return file;
    }

    /// <summary>Reads every layer of a file whose digest was checked.</summary>
    /// <exception cref="InvalidDataException">The bytes are not such a file.</exception>
    public static Dictionary<string, EditFactors> Decode(ReadOnlyMemory<byte> file)
    {
        try
        {
            int headerLength = checked((int)BinaryPrimitives.ReadInt64LittleEndian(file.Span));
            using JsonDocument header = JsonDocument.Parse(file.Slice(sizeof(long), headerLength));
            ReadOnlyMemory<byte> data = file[(sizeof(long) + headerLength)..];
            Dictionary<string, EditFactors> layers = new(StringComparer.Ordinal);
            foreach (JsonProperty tensor in header.RootElement.EnumerateObject().Where(tensor => tensor.Name.EndsWith(U, StringComparison.Ordinal)))
            {
                string layer = tensor.Name[..^U.Length];
                (int[] uShape, float[] u) = Read(tensor.Value, data);
                (int[] deltaShape, float[] delta) = Read(header.RootElement.GetProperty(layer + Delta), data);
                (_, float[] step) = Read(header.RootElement.GetProperty(layer + Step), data);
                layers.Add(layer, new EditFactors(layer, uShape[0], uShape[1], deltaShape[1], u, delta, step[0]));
            }

            return layers;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException
            or FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("The bytes are not a safetensors file of edit factors.", error);
        }
    }

    private static byte[] EncodeHeader(List<(string Name, int[] Shape, float[] Values)> tensors)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            long offset = 0;
            writer.WriteStartObject();
            foreach ((string name, int[] shape, float[] values) in tensors)
            {
                long end = checked(offset + (values.LongLength * sizeof(float)));
                writer.WriteStartObject(name);
                writer.WriteString("dtype", "F32");
                WriteNumbers(writer, "shape", [.. shape.Select(extent => (long)extent)]);
                WriteNumbers(writer, "data_offsets", [offset, end]);
                writer.WriteEndObject();
                offset = end;
            }

            writer.WriteEndObject();
        }

        while (stream.Length % Alignment != 0)
        {
            stream.WriteByte((byte)' ');
        }

        return stream.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, ReadOnlySpan<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (long number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }

    private static (int[] Shape, float[] Values) Read(JsonElement tensor, ReadOnlyMemory<byte> data)
    {
        if (tensor.GetProperty("dtype").GetString() != "F32")
        {
            throw new FormatException("Factors are stored as F32.");
        }

        int[] shape = [.. tensor.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt32())];
        JsonElement offsets = tensor.GetProperty("data_offsets");
        int start = offsets[0].GetInt32();
        return (shape, MemoryMarshal.Cast<byte, float>(data.Span[start..offsets[1].GetInt32()]).ToArray());
    }
}
