using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Mend.Editing;
using Mend.Tensors;

namespace Mend.Ledger;

/// <summary>
/// The stored form of one shard's factors of one edit: a safetensors file with, for each layer, <c>LAYER.u</c> [rank, in],
/// <c>LAYER.delta</c> [rank, out] and <c>LAYER.step</c> [1], float32 little-endian. What an edit asks of a joint solve has <c>LAYER.key</c> [rank, in]
/// too, and the metadata <c>metric/LAYER</c> and <c>subject/LAYER</c>. Equal factors in any order give equal bytes.
/// Read from memory and not by <see cref="SafetensorsFile"/>, which maps a file: a store need not have files.
/// </summary>
internal static class FactorCodec
{
    private const string U = ".u";
    private const string Delta = ".delta";
    private const string Step = ".step";
    private const string Key = ".key";
    private const string Metadata = "__metadata__";
    private const string Metric = "metric/";
    private const string Subject = "subject/";

    /// <summary>Bytes of one layer's tensors.</summary>
    public static long SizeOf(EditFactors factors) => checked(
        sizeof(float) * (((long)factors.Rank * (((factors.Joint is null ? 1L : 2L) * factors.Inputs) + factors.Outputs)) + 1));

    public static byte[] Encode(IEnumerable<EditFactors> factors)
    {
        List<TensorData> tensors = [];
        Dictionary<string, string> metadata = [];
        foreach (EditFactors layer in factors.OrderBy(layer => layer.Layer, StringComparer.Ordinal))
        {
            tensors.Add(TensorData.FromFloats(layer.Layer + Delta, [layer.Rank, layer.Outputs], layer.Delta));
            if (layer.Joint is { } joint)
            {
                tensors.Add(TensorData.FromFloats(layer.Layer + Key, [layer.Rank, layer.Inputs], joint.Keys));
                metadata.Add(Metric + layer.Layer, joint.Metric);
                metadata.Add(Subject + layer.Layer, joint.Subject);
            }

            tensors.Add(TensorData.FromFloats(layer.Layer + Step, [1], new[] { layer.Step }));
            tensors.Add(TensorData.FromFloats(layer.Layer + U, [layer.Rank, layer.Inputs], layer.U));
        }

        using MemoryStream file = new();
        SafetensorsWriter.Write(file, tensors, metadata.Count == 0 ? null : metadata);
        return file.ToArray();
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
                JointTerm? joint = header.RootElement.TryGetProperty(layer + Key, out JsonElement keys)
                    ? new JointTerm(Read(keys, data).Values, Text(header, Metric + layer), Text(header, Subject + layer))
                    : null;
                layers.Add(layer, new EditFactors(layer, uShape[0], uShape[1], deltaShape[1], u, delta, step[0], joint));
            }

            return layers;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException
            or FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("The bytes are not a safetensors file of edit factors.", error);
        }
    }

    private static string Text(JsonDocument header, string name) =>
        header.RootElement.GetProperty(Metadata).GetProperty(name).GetString() ?? throw new FormatException($"The metadata '{name}' is null.");

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
