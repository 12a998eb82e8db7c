using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mend.Tensors.Cpu.Quantized;

/// <summary>What the block layouts share: 16 bytes at a time, and half-precision scales.</summary>
internal static unsafe class Bits
{
    /// <summary>A binary16 at an address of any alignment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Half(byte* p) => (float)BitConverter.UInt16BitsToHalf(Unsafe.ReadUnaligned<ushort>(p));

    /// <summary>Writes 16 integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<byte> v, sbyte* q) => v.AsSByte().Store(q);

    /// <summary>Writes 16 integers less a constant.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<byte> v, int less, sbyte* q) => (v.AsSByte() - Vector128.Create((sbyte)less)).Store(q);

    /// <summary>The lower four bits of each byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Low(Vector128<byte> v) => v & Vector128.Create((byte)15);

    /// <summary>The upper four bits of each byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> High(Vector128<byte> v) => Vector128.ShiftRightLogical(v, 4);

    /// <summary>Some bits of each byte: (v &gt;&gt; shift) &amp; mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Field(Vector128<byte> v, int shift, byte mask) => Vector128.ShiftRightLogical(v, shift) & Vector128.Create(mask);

    /// <summary>A byte for each of 16 bits, lowest first: <paramref name="one"/> where it is set, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Spread(uint bits, byte one)
    {
        const ulong EveryByte = 0x0101010101010101;
        Vector128<byte> place = Vector128.Create(0x8040201008040201).AsByte();
        Vector128<byte> copies = Vector128.Create((bits & 0xFF) * EveryByte, ((bits >> 8) & 0xFF) * EveryByte).AsByte();
        return Vector128.Equals(copies & place, place) & Vector128.Create(one);
    }
}
