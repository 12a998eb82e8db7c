using System.Numerics;
using System.Runtime.CompilerServices;

namespace Mend.Tensors.Cpu.Lanes;

/// <summary>As many floats as <see cref="Vector{T}"/> holds; runs on any processor.</summary>
internal readonly unsafe struct LanesPortable(Vector<float> v) : ILanes<LanesPortable>
{
    private readonly Vector<float> _v = v;

    /// <inheritdoc/>
    public static int Count => Vector<float>.Count;

    /// <inheritdoc/>
    public static LanesPortable Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable operator +(LanesPortable a, LanesPortable b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable operator -(LanesPortable a, LanesPortable b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable operator *(LanesPortable a, LanesPortable b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable operator /(LanesPortable a, LanesPortable b) => new(a._v / b._v);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable Load(float* p) => new(Unsafe.ReadUnaligned<Vector<float>>(p));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable LoadBFloat16(ushort* p) => new(Vector.AsVectorSingle(Vector.ShiftLeft(Widen(p), 16)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable LoadFloat16(ushort* p) => FromFloat16(Widen(p));

    /// <inheritdoc/>
    public static LanesPortable LoadInt8(sbyte* p)
    {
        float* lanes = stackalloc float[LaneLimits.MaxCount];
        for (int i = 0; i < Count; i++)
        {
            lanes[i] = p[i];
        }

        return Load(lanes);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SplitBFloat16(LanesPortable pairs, out LanesPortable first, out LanesPortable second)
    {
        Vector<uint> bits = Vector.AsVectorUInt32(pairs._v);
        first = new(Vector.AsVectorSingle(Vector.ShiftLeft(bits, 16)));
        second = new(Vector.AsVectorSingle(bits & new Vector<uint>(0xFFFF0000u)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SplitFloat16(LanesPortable pairs, out LanesPortable first, out LanesPortable second)
    {
        Vector<uint> bits = Vector.AsVectorUInt32(pairs._v);
        first = FromFloat16(bits & new Vector<uint>(0xFFFFu));
        second = FromFloat16(Vector.ShiftRightLogical(bits, 16));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LanesPortable v, float* p) => Unsafe.WriteUnaligned(p, v._v);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable Broadcast(float v) => new(new Vector<float>(v));

    /// <inheritdoc/>
    /// <remarks>A product and a sum where the processor has no FMA: emulating one rounding is far slower.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable Fma(LanesPortable a, LanesPortable b, LanesPortable c) => new(Vector.MultiplyAddEstimate(a._v, b._v, c._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable Max(LanesPortable a, LanesPortable b) => new(Vector.ConditionalSelect(Vector.GreaterThan(a._v, b._v), a._v, b._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable Min(LanesPortable a, LanesPortable b) => new(Vector.ConditionalSelect(Vector.LessThan(a._v, b._v), a._v, b._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable Sqrt(LanesPortable v) => new(Vector.SquareRoot(v._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable Abs(LanesPortable v) => new(Vector.Abs(v._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable Round(LanesPortable v) => new(Vector.Round(v._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable TimesPowerOfTwo(LanesPortable v, LanesPortable n)
    {
        // See Lanes256.TimesPowerOfTwo.
        Vector<int> whole = Vector.ConvertToInt32(n._v);
        Vector<int> half = Vector.ShiftRightArithmetic(whole, 1);
        Vector<int> bias = new(127);
        Vector<float> first = Vector.AsVectorSingle(Vector.ShiftLeft(half + bias, 23));
        Vector<float> second = Vector.AsVectorSingle(Vector.ShiftLeft(whole - half + bias, 23));
        return new(v._v * first * second);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable WhereLess(LanesPortable a, LanesPortable b, LanesPortable x, LanesPortable y) =>
        new(Vector.ConditionalSelect(Vector.LessThan(a._v, b._v), x._v, y._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNonZero(LanesPortable v) => !Vector.EqualsAll(v._v, Vector<float>.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(LanesPortable v) => Vector.Sum(v._v);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(LanesPortable v)
    {
        float largest = v._v[0];
        for (int i = 1; i < Count; i++)
        {
            largest = v._v[i] > largest ? v._v[i] : largest;
        }

        return largest;
    }

    /// <inheritdoc/>
    public static void Transpose<TElement>(void* source, long sourceStride, float* destination, long destinationStride)
        where TElement : unmanaged, IElement<TElement>
    {
        float* row = stackalloc float[LaneLimits.MaxCount];
        for (int r = 0; r < Count; r++)
        {
            Store(TElement.Load<LanesPortable>((TElement*)source + (r * sourceStride)), row);
            for (int c = 0; c < Count; c++)
            {
                destination[(c * destinationStride) + r] = row[c];
            }
        }
    }

    /// <summary>Reads only as many values as there are lanes: half a register of 16-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Widen(ushort* p)
    {
        Vector<ushort> half = default;
        Unsafe.CopyBlockUnaligned(&half, p, (uint)Vector<float>.Count * sizeof(ushort));
        return Vector.WidenLower(half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static LanesPortable FromFloat16(Vector<uint> bits)
    {
        // See Lanes512.FromFloat16.
        Vector<int> h = Vector.AsVectorInt32(bits);
        Vector<int> magnitude = h & new Vector<int>(0x7FFF);
        Vector<float> rebased = Vector.AsVectorSingle(Vector.ShiftLeft(magnitude, 13)) * new Vector<float>(LaneMath.TwoTo112);
        Vector<int> special = Vector.GreaterThan(magnitude, new Vector<int>(0x7BFF)) & new Vector<int>(0x7F800000);
        Vector<int> sign = Vector.ShiftLeft(h & new Vector<int>(0x8000), 16);
        return new(Vector.AsVectorSingle(Vector.AsVectorInt32(rebased) | special | sign));
    }
}
