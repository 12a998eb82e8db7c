using System.Runtime.CompilerServices;

namespace Mend.Tensors.Cpu.Lanes;

/// <summary>An element type that kernels read and convert to float in registers.</summary>
internal unsafe interface IElement<TSelf>
    where TSelf : unmanaged, IElement<TSelf>
{
    /// <summary>Reads one register's worth of elements.</summary>
    static abstract TLanes Load<TLanes>(TSelf* p)
        where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>Splits a register of pairs of 16-bit elements; not for 32-bit ones.</summary>
    static abstract void Split<TLanes>(TLanes pairs, out TLanes first, out TLanes second)
        where TLanes : unmanaged, ILanes<TLanes>;

    /// <summary>The element's value.</summary>
    static abstract float ToFloat(TSelf v);
}

/// <summary>IEEE 754 binary32.</summary>
internal readonly struct F32(float value) : IElement<F32>
{
    private readonly float _value = value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TLanes Load<TLanes>(F32* p)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.Load((float*)p);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Split<TLanes>(TLanes pairs, out TLanes first, out TLanes second)
        where TLanes : unmanaged, ILanes<TLanes> => throw new NotSupportedException("Pairs are of 16-bit elements.");

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToFloat(F32 v) => v._value;
}

/// <summary>bfloat16.</summary>
internal readonly struct BF16(ushort bits) : IElement<BF16>
{
    private readonly ushort _bits = bits;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TLanes Load<TLanes>(BF16* p)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.LoadBFloat16((ushort*)p);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Split<TLanes>(TLanes pairs, out TLanes first, out TLanes second)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.SplitBFloat16(pairs, out first, out second);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToFloat(BF16 v) => BitConverter.UInt32BitsToSingle((uint)v._bits << 16);
}

/// <summary>IEEE 754 binary16.</summary>
internal readonly struct F16(ushort bits) : IElement<F16>
{
    private readonly ushort _bits = bits;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TLanes Load<TLanes>(F16* p)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.LoadFloat16((ushort*)p);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Split<TLanes>(TLanes pairs, out TLanes first, out TLanes second)
        where TLanes : unmanaged, ILanes<TLanes> => TLanes.SplitFloat16(pairs, out first, out second);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToFloat(F16 v) => (float)BitConverter.UInt16BitsToHalf(v._bits);
}
