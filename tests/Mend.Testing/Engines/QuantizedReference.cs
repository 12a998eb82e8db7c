using System.Buffers.Binary;
using Mend.Tensors;

namespace Mend.Testing;

/// <summary>What a quantised element is worth, one by one and in float64, as the formats are described.</summary>
public static class QuantizedReference
{
    public static float[] Decode(StoredTensor tensor)
    {
        (int length, int size) = (tensor.Type.BlockLength(), tensor.Type.BlockBytes());
        float[] values = new float[tensor.Shape.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)Element(tensor.Type, tensor.Bytes((long)(i / length) * size, size), i % length);
        }

        return values;
    }

    private static double Element(DType type, ReadOnlySpan<byte> b, int i) => type switch
    {
        DType.Q4_0 => Half(b, 0) * (Nibble(b[2..], i % 16, i / 16) - 8),
        DType.Q4_1 => (Half(b, 0) * Nibble(b[4..], i % 16, i / 16)) + Half(b, 2),
        DType.Q5_0 => Half(b, 0) * (Nibble(b[6..], i % 16, i / 16) + (16 * Bit(b[2..], i)) - 16),
        DType.Q5_1 => (Half(b, 0) * (Nibble(b[8..], i % 16, i / 16) + (16 * Bit(b[4..], i)))) + Half(b, 2),
        DType.Q8_0 => Half(b, 0) * (sbyte)b[2 + i],
        DType.Q2_K => (Half(b, 80) * (b[i / 16] & 15) * Pair(b[16..], i)) - (Half(b, 82) * (b[i / 16] >> 4)),
        DType.Q3_K => Half(b, 108) * (Scale3(b[96..], i / 16) - 32) * (Pair(b[32..], i) + (4 * ((b[i % 32] >> (i / 32)) & 1)) - 4),
        DType.Q4_K => (Half(b, 0) * Scale6(b[4..], i / 32) * Nibble(b[16..], (i / 64 * 32) + (i % 32), i / 32 % 2)) - (Half(b, 2) * Minimum6(b[4..], i / 32)),
        DType.Q5_K => (Half(b, 0) * Scale6(b[4..], i / 32) * (Nibble(b[48..], (i / 64 * 32) + (i % 32), i / 32 % 2) + (16 * ((b[16 + (i % 32)] >> (i / 32)) & 1))))
            - (Half(b, 2) * Minimum6(b[4..], i / 32)),
        DType.Q6_K => Half(b, 208) * (sbyte)b[192 + (i / 16)]
            * (Nibble(b, (i / 128 * 64) + (i % 64), i / 64 % 2) + (16 * ((b[128 + (i / 128 * 32) + (i % 32)] >> (i / 32 % 4 * 2)) & 3)) - 32),
        DType.Q8_K => (double)BinaryPrimitives.ReadSingleLittleEndian(b) * (sbyte)b[4 + i],
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not quantised."),
    };

    private static double Half(ReadOnlySpan<byte> b, int at) => (double)BinaryPrimitives.ReadHalfLittleEndian(b[at..]);

    private static int Nibble(ReadOnlySpan<byte> b, int at, int upper) => (b[at] >> (4 * upper)) & 15;

    private static int Bit(ReadOnlySpan<byte> b, int i) => (b[i / 8] >> (i % 8)) & 1;

    private static int Pair(ReadOnlySpan<byte> b, int i) => (b[(i / 128 * 32) + (i % 32)] >> (i / 32 % 4 * 2)) & 3;

    private static int Scale3(ReadOnlySpan<byte> b, int run) => Nibble(b, run % 8, run / 8) | (((b[8 + (run % 4)] >> (run / 4 * 2)) & 3) << 4);

    private static int Scale6(ReadOnlySpan<byte> b, int run) => run < 4 ? b[run] & 63 : (b[run + 4] & 15) | (b[run - 4] >> 6 << 4);

    private static int Minimum6(ReadOnlySpan<byte> b, int run) => run < 4 ? b[run + 4] & 63 : (b[run + 4] >> 4) | (b[run] >> 6 << 4);
}
