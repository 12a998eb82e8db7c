namespace Mend.Tensors.Cpu.Lanes;

/// <summary>
/// A register of floats. Kernels are written once over this and compiled by the runtime for each implementation
/// (AVX-512, AVX2, portable), with every member inlined.
/// </summary>
internal unsafe interface ILanes<TSelf>
    where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>How many floats a register holds, at most <see cref="LaneLimits.MaxCount"/>.</summary>
    static abstract int Count { get; }

    /// <summary>All lanes 0.</summary>
    static abstract TSelf Zero { get; }

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>Reads <see cref="Count"/> floats, unaligned.</summary>
    static abstract TSelf Load(float* p);

    /// <summary>Reads <see cref="Count"/> bfloat16 values.</summary>
    static abstract TSelf LoadBFloat16(ushort* p);

    /// <summary>Reads <see cref="Count"/> binary16 values.</summary>
    static abstract TSelf LoadFloat16(ushort* p);

    /// <summary>Reads <see cref="Count"/> signed bytes as floats.</summary>
    static abstract TSelf LoadInt8(sbyte* p);

    /// <summary>Splits <see cref="Count"/> pairs of bfloat16 values into the first and the second of each.</summary>
    static abstract void SplitBFloat16(TSelf pairs, out TSelf first, out TSelf second);

    /// <summary>Splits <see cref="Count"/> pairs of binary16 values into the first and the second of each.</summary>
    static abstract void SplitFloat16(TSelf pairs, out TSelf first, out TSelf second);

    /// <summary>Writes <see cref="Count"/> floats, unaligned.</summary>
    static abstract void Store(TSelf v, float* p);

    /// <summary>All lanes equal.</summary>
    static abstract TSelf Broadcast(float v);

    /// <summary>a·b + c, rounded once where the processor can.</summary>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);

    /// <summary>The larger; the second operand where either is NaN (x86) or NaN (Arm): put the value that may be NaN second.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The smaller; NaN as in <see cref="Max"/>.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>√v.</summary>
    static abstract TSelf Sqrt(TSelf v);

    /// <summary>|v|.</summary>
    static abstract TSelf Abs(TSelf v);

    /// <summary>The nearest integer, ties to even; |v| at most 2²².</summary>
    static abstract TSelf Round(TSelf v);

    /// <summary>v·2ⁿ for integral n in −250..250; subnormal and infinite results are right.</summary>
    static abstract TSelf TimesPowerOfTwo(TSelf v, TSelf n);

    /// <summary>a &lt; b ? x : y, lane by lane.</summary>
    static abstract TSelf WhereLess(TSelf a, TSelf b, TSelf x, TSelf y);

    /// <summary>Whether any lane differs from 0 (NaN does).</summary>
    static abstract bool AnyNonZero(TSelf v);

    /// <summary>Σ of the lanes, in a fixed order.</summary>
    static abstract float Sum(TSelf v);

    /// <summary>The largest lane; NaN lanes may be passed over.</summary>
    static abstract float Largest(TSelf v);

    /// <summary>
    /// Writes the transpose of a block of <see cref="Count"/> rows of <see cref="Count"/> elements as floats.
    /// </summary>
    /// <param name="source">First element.</param>
    /// <param name="sourceStride">Elements from row to row.</param>
    /// <param name="destination">First float.</param>
    /// <param name="destinationStride">Floats from row to row.</param>
    static abstract void Transpose<TElement>(void* source, long sourceStride, float* destination, long destinationStride)
        where TElement : unmanaged, IElement<TElement>;
}

/// <summary>Facts that hold for every <see cref="ILanes{TSelf}"/>.</summary>
internal static class LaneLimits
{
    /// <summary>The largest number of lanes; buffers for a partly filled register hold this many.</summary>
    public const int MaxCount = 64;
}
