using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mend.Tensors.Cpu.Quantized;

// Blocks of 256 elements as ggml stores them (the K types): runs with small scales of their own under one or two large ones.

/// <summary>16 bytes of 4-bit scales and minima, 64 bytes of 2-bit integers, d, dmin (f16): d·s·q − dmin·m.</summary>
internal readonly struct Q2Super : IBlock
{
    public static int Length => 256;

    public static int Bytes => 84;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Unpack(byte* block, sbyte* q, float* scales, float* offsets)
    {
        float d = Bits.Half(block + 80);
        float dmin = Bits.Half(block + 82);
        for (int run = 0; run < 16; run++)
        {
            scales[run] = d * (block[run] & 15);
            offsets[run] = -dmin * (block[run] >> 4);
        }

        // 32 bytes hold 128 elements: bits 0 and 1 of all bytes the first 32, bits 2 and 3 the next.
        for (byte* packed = block + 16, end = packed + 64; packed < end; packed += 32, q += 128)
        {
            Vector128<byte> left = Vector128.Load(packed);
            Vector128<byte> right = Vector128.Load(packed + 16);
            for (int j = 0; j < 4; j++)
            {
                Bits.Store(Bits.Field(left, 2 * j, 3), q + (32 * j));
                Bits.Store(Bits.Field(right, 2 * j, 3), q + (32 * j) + 16);
            }
        }
    }
}

/// <summary>32 bytes of third bits, 64 bytes of the lower two, 12 bytes of 6-bit scales, d (f16): d · (s − 32) · (q − 4).</summary>
internal readonly struct Q3Super : IBlock
{
    public static int Length => 256;

    public static int Bytes => 110;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Unpack(byte* block, sbyte* q, float* scales, float* offsets)
    {
        byte* small = block + 96;
        float d = Bits.Half(block + 108);
        for (int run = 0; run < 16; run++)
        {
            int low = run < 8 ? small[run] & 15 : small[run - 8] >> 4;
            int high = (small[8 + (run % 4)] >> (2 * (run / 4))) & 3;
            scales[run] = d * ((low | (high << 4)) - 32);
        }

        Vector128<byte> leftThird = Vector128.Load(block);
        Vector128<byte> rightThird = Vector128.Load(block + 16);
        byte* packed = block + 32;
        for (int half = 0; half < 2; half++, packed += 32, q += 128)
        {
            Vector128<byte> left = Vector128.Load(packed);
            Vector128<byte> right = Vector128.Load(packed + 16);
            for (int j = 0; j < 4; j++)
            {
                int bit = (4 * half) + j;
                Bits.Store(Bits.Field(left, 2 * j, 3) | Vector128.ShiftLeft(Bits.Field(leftThird, bit, 1), 2), 4, q + (32 * j));
                Bits.Store(Bits.Field(right, 2 * j, 3) | Vector128.ShiftLeft(Bits.Field(rightThird, bit, 1), 2), 4, q + (32 * j) + 16);
            }
        }
    }
}

/// <summary>d, dmin (f16), 12 bytes of 6-bit scales and minima, 128 bytes of 4-bit integers: d·s·q − dmin·m.</summary>
internal readonly struct Q4Super : IBlock
{
    public static int Length => 256;

    public static int Bytes => 144;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Unpack(byte* block, sbyte* q, float* scales, float* offsets)
    {
        SixBits.Unpack(block, scales, offsets);
        for (byte* packed = block + 16, end = packed + 128; packed < end; packed += 32, q += 64)
        {
            Vector128<byte> left = Vector128.Load(packed);
            Vector128<byte> right = Vector128.Load(packed + 16);
            Bits.Store(Bits.Low(left), q);
            Bits.Store(Bits.Low(right), q + 16);
            Bits.Store(Bits.High(left), q + 32);
            Bits.Store(Bits.High(right), q + 48);
        }
    }
}

/// <summary>As <see cref="Q4Super"/>, with 32 bytes of fifth bits before the integers.</summary>
internal readonly struct Q5Super : IBlock
{
    public static int Length => 256;

    public static int Bytes => 176;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Unpack(byte* block, sbyte* q, float* scales, float* offsets)
    {
        SixBits.Unpack(block, scales, offsets);
        Vector128<byte> leftFifth = Vector128.Load(block + 16);
        Vector128<byte> rightFifth = Vector128.Load(block + 32);
        byte* packed = block + 48;
        for (int j = 0; j < 8; j += 2, packed += 32, q += 64)
        {
            Vector128<byte> left = Vector128.Load(packed);
            Vector128<byte> right = Vector128.Load(packed + 16);
            Bits.Store(Bits.Low(left) | Vector128.ShiftLeft(Bits.Field(leftFifth, j, 1), 4), q);
            Bits.Store(Bits.Low(right) | Vector128.ShiftLeft(Bits.Field(rightFifth, j, 1), 4), q + 16);
            Bits.Store(Bits.High(left) | Vector128.ShiftLeft(Bits.Field(leftFifth, j + 1, 1), 4), q + 32);
            Bits.Store(Bits.High(right) | Vector128.ShiftLeft(Bits.Field(rightFifth, j + 1, 1), 4), q + 48);
        }
    }
}

/// <summary>128 bytes of lower four bits, 64 bytes of upper two, 16 signed scales, d (f16): d · s · (q − 32).</summary>
internal readonly struct Q6Super : IBlock
{
    public static int Length => 256;

    public static int Bytes => 210;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Unpack(byte* block, sbyte* q, float* scales, float* offsets)
    {
        sbyte* small = (sbyte*)block + 192;
        float d = Bits.Half(block + 208);
        for (int run = 0; run < 16; run++)
        {
            scales[run] = d * small[run];
        }

        // 64 bytes of lower and 32 of upper bits hold 128 elements, in four runs of 32.
        byte* low = block;
        byte* high = block + 128;
        for (int half = 0; half < 2; half++, low += 64, high += 32, q += 128)
        {
            for (int side = 0; side < 32; side += 16)
            {
                Vector128<byte> first = Vector128.Load(low + side);
                Vector128<byte> second = Vector128.Load(low + 32 + side);
                Vector128<byte> upper = Vector128.Load(high + side);
                Bits.Store(Bits.Low(first) | Vector128.ShiftLeft(Bits.Field(upper, 0, 3), 4), 32, q + side);
                Bits.Store(Bits.Low(second) | Vector128.ShiftLeft(Bits.Field(upper, 2, 3), 4), 32, q + 32 + side);
                Bits.Store(Bits.High(first) | Vector128.ShiftLeft(Bits.Field(upper, 4, 3), 4), 32, q + 64 + side);
                Bits.Store(Bits.High(second) | Vector128.ShiftLeft(Bits.Field(upper, 6, 3), 4), 32, q + 96 + side);
            }
        }
    }
}

/// <summary>d (f32), 256 signed bytes, 16 sums that products of two quantised operands use: d · q.</summary>
internal readonly struct Q8Super : IBlock
{
    public static int Length => 256;

    public static int Bytes => 292;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Unpack(byte* block, sbyte* q, float* scales, float* offsets)
    {
        new Span<float>(scales, 16).Fill(Unsafe.ReadUnaligned<float>(block));
        Unsafe.CopyBlockUnaligned(q, block + 4, 256);
    }
}

/// <summary>The head of Q4_K and Q5_K: d, dmin (f16), then 8 scales and 8 minima of 6 bits in 12 bytes.</summary>
internal static unsafe class SixBits
{
    /// <summary>Scales and offsets of 8 runs of 32 elements, each written twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(byte* block, float* scales, float* offsets)
    {
        float d = Bits.Half(block);
        float dmin = Bits.Half(block + 2);
        byte* small = block + 4;
        for (int run = 0; run < 8; run++)
        {
            // The first four lie in six bits of a byte each; the others' upper two bits are in what those leave free.
            int scale = run < 4 ? small[run] & 63 : (small[run + 4] & 15) | (small[run - 4] >> 6 << 4);
            int minimum = run < 4 ? small[run + 4] & 63 : (small[run + 4] >> 4) | (small[run] >> 6 << 4);
            scales[2 * run] = scales[(2 * run) + 1] = d * scale;
            offsets[2 * run] = offsets[(2 * run) + 1] = -dmin * minimum;
        }
    }
}
