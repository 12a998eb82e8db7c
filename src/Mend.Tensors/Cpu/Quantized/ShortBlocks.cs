using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mend.Tensors.Cpu.Quantized;

// Blocks of 32 elements as ggml stores them. Byte j of a packed half holds elements j (lower bits) and j + 16 (upper bits).

/// <summary>d (f16), 16 bytes of 4-bit integers: d · (q − 8).</summary>
internal readonly struct Q4Scaled : IBlock
{
    public static int Length => 32;

    public static int Bytes => 18;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Unpack(byte* block, sbyte* q, float* scales, float* offsets)
    {
        scales[0] = scales[1] = Bits.Half(block);
        Vector128<byte> packed = Vector128.Load(block + 2);
        Bits.Store(Bits.Low(packed), 8, q);
        Bits.Store(Bits.High(packed), 8, q + 16);
    }
}

/// <summary>d, m (f16), 16 bytes of 4-bit integers: d · q + m.</summary>
internal readonly struct Q4Shifted : IBlock
{
    public static int Length => 32;

    public static int Bytes => 20;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Unpack(byte* block, sbyte* q, float* scales, float* offsets)
    {
        scales[0] = scales[1] = Bits.Half(block);
        offsets[0] = offsets[1] = Bits.Half(block + 2);
        Vector128<byte> packed = Vector128.Load(block + 4);
        Bits.Store(Bits.Low(packed), q);
        Bits.Store(Bits.High(packed), q + 16);
    }
}

/// <summary>d (f16), the fifth bits (32 bits), 16 bytes of the lower four: d · (q − 16).</summary>
internal readonly struct Q5Scaled : IBlock
{
    public static int Length => 32;

    public static int Bytes => 22;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Unpack(byte* block, sbyte* q, float* scales, float* offsets)
    {
        scales[0] = scales[1] = Bits.Half(block);
        uint fifth = Unsafe.ReadUnaligned<uint>(block + 2);
        Vector128<byte> packed = Vector128.Load(block + 6);
        Bits.Store(Bits.Low(packed) | Bits.Spread(fifth, 16), 16, q);
        Bits.Store(Bits.High(packed) | Bits.Spread(fifth >> 16, 16), 16, q + 16);
    }
}

/// <summary>d, m (f16), the fifth bits (32 bits), 16 bytes of the lower four: d · q + m.</summary>
internal readonly struct Q5Shifted : IBlock
{
    public static int Length => 32;

    public static int Bytes => 24;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Unpack(byte* block, sbyte* q, float* scales, float* offsets)
    {
        scales[0] = scales[1] = Bits.Half(block);
        offsets[0] = offsets[1] = Bits.Half(block + 2);
        uint fifth = Unsafe.ReadUnaligned<uint>(block + 4);
        Vector128<byte> packed = Vector128.Load(block + 8);
        Bits.Store(Bits.Low(packed) | Bits.Spread(fifth, 16), q);
        Bits.Store(Bits.High(packed) | Bits.Spread(fifth >> 16, 16), q + 16);
    }
}

/// <summary>d (f16), 32 signed bytes: d · q.</summary>
internal readonly struct Q8Scaled : IBlock
{
    public static int Length => 32;

    public static int Bytes => 34;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Unpack(byte* block, sbyte* q, float* scales, float* offsets)
    {
        scales[0] = scales[1] = Bits.Half(block);
        Unsafe.CopyBlockUnaligned(q, block + 2, 32);
    }
}
