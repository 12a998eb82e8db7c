using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mend.Tensors.Cpu.Lanes;

/// <summary>Sixteen floats in an AVX-512 register.</summary>
internal readonly unsafe struct Lanes512(Vector512<float> v) : ILanes<Lanes512>
{
    private readonly Vector512<float> _v = v;

    /// <summary>Whether this processor has the instructions.</summary>
    public static bool IsSupported => Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported;

    /// <inheritdoc/>
    public static int Count => 16;

    /// <inheritdoc/>
    public static Lanes512 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator +(Lanes512 a, Lanes512 b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator -(Lanes512 a, Lanes512 b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator *(Lanes512 a, Lanes512 b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator /(Lanes512 a, Lanes512 b) => new(a._v / b._v);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* p) => new(Vector512.Load(p));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadBFloat16(ushort* p) =>
        new(Vector512.ShiftLeft(Avx512F.ConvertToVector512UInt32(Vector256.Load(p)), 16).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadFloat16(ushort* p) => FromFloat16(Avx512F.ConvertToVector512UInt32(Vector256.Load(p)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadInt8(sbyte* p) => new(Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(p))));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SplitBFloat16(Lanes512 pairs, out Lanes512 first, out Lanes512 second)
    {
        Vector512<uint> bits = pairs._v.AsUInt32();
        first = new(Vector512.ShiftLeft(bits, 16).AsSingle());
        second = new((bits & Vector512.Create(0xFFFF0000u)).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SplitFloat16(Lanes512 pairs, out Lanes512 first, out Lanes512 second)
    {
        Vector512<uint> bits = pairs._v.AsUInt32();
        first = FromFloat16((bits & Vector512.Create(0xFFFFu)));
        second = FromFloat16(Vector512.ShiftRightLogical(bits, 16));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 v, float* p) => v._v.Store(p);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(float v) => new(Vector512.Create(v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Fma(Lanes512 a, Lanes512 b, Lanes512 c) => new(Avx512F.FusedMultiplyAdd(a._v, b._v, c._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Max(Lanes512 a, Lanes512 b) => new(Avx512F.Max(a._v, b._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Min(Lanes512 a, Lanes512 b) => new(Avx512F.Min(a._v, b._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Sqrt(Lanes512 v) => new(Vector512.Sqrt(v._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Abs(Lanes512 v) => new(Vector512.Abs(v._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Round(Lanes512 v) => new(Avx512F.RoundScale(v._v, 0));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 TimesPowerOfTwo(Lanes512 v, Lanes512 n) => new(Avx512F.Scale(v._v, n._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 WhereLess(Lanes512 a, Lanes512 b, Lanes512 x, Lanes512 y) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a._v, b._v), x._v, y._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNonZero(Lanes512 v) => !Vector512.EqualsAll(v._v, Vector512<float>.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes512 v) => Lanes256.Sum(new Lanes256(v._v.GetLower() + v._v.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes512 v) => Lanes256.Largest(new Lanes256(Avx.Max(v._v.GetLower(), v._v.GetUpper())));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose<TElement>(void* source, long sourceStride, float* destination, long destinationStride)
        where TElement : unmanaged, IElement<TElement>
    {
        // Four rows at a time: 4×4 blocks inside the 128-bit quarters, kept in a small buffer that stays in L1; then
        // the quarters change places.
        float* quarters = stackalloc float[16 * 16];
        for (int group = 0; group < 4; group++)
        {
            TElement* row = (TElement*)source + (group * 4 * sourceStride);
            Vector512<float> r0 = TElement.Load<Lanes512>(row)._v;
            Vector512<float> r1 = TElement.Load<Lanes512>(row + sourceStride)._v;
            Vector512<float> r2 = TElement.Load<Lanes512>(row + (2 * sourceStride))._v;
            Vector512<float> r3 = TElement.Load<Lanes512>(row + (3 * sourceStride))._v;
            Vector512<double> a = Avx512F.UnpackLow(r0, r1).AsDouble();
            Vector512<double> b = Avx512F.UnpackHigh(r0, r1).AsDouble();
            Vector512<double> c = Avx512F.UnpackLow(r2, r3).AsDouble();
            Vector512<double> d = Avx512F.UnpackHigh(r2, r3).AsDouble();
            float* q = quarters + (group * 16);
            Avx512F.UnpackLow(a, c).AsSingle().Store(q);
            Avx512F.UnpackHigh(a, c).AsSingle().Store(q + 64);
            Avx512F.UnpackLow(b, d).AsSingle().Store(q + 128);
            Avx512F.UnpackHigh(b, d).AsSingle().Store(q + 192);
        }

        for (int column = 0; column < 4; column++)
        {
            float* q = quarters + (column * 64);
            Vector512<float> g0 = Vector512.Load(q);
            Vector512<float> g1 = Vector512.Load(q + 16);
            Vector512<float> g2 = Vector512.Load(q + 32);
            Vector512<float> g3 = Vector512.Load(q + 48);
            Vector512<float> even01 = Avx512F.Shuffle4x128(g0, g1, 0x88);
            Vector512<float> even23 = Avx512F.Shuffle4x128(g2, g3, 0x88);
            Vector512<float> odd01 = Avx512F.Shuffle4x128(g0, g1, 0xDD);
            Vector512<float> odd23 = Avx512F.Shuffle4x128(g2, g3, 0xDD);
            float* p = destination + (column * destinationStride);
            Avx512F.Shuffle4x128(even01, even23, 0x88).Store(p);
            Avx512F.Shuffle4x128(odd01, odd23, 0x88).Store(p + (4 * destinationStride));
            Avx512F.Shuffle4x128(even01, even23, 0xDD).Store(p + (8 * destinationStride));
            Avx512F.Shuffle4x128(odd01, odd23, 0xDD).Store(p + (12 * destinationStride));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes512 FromFloat16(Vector512<uint> h)
    {
        // Exponent and fraction move to their binary32 places; one product by 2^112 rebases the exponent and makes
        // subnormals normal. What was all ones in the exponent is infinite or NaN.
        Vector512<uint> magnitude = h & Vector512.Create(0x7FFFu);
        Vector512<uint> scaled = (Vector512.ShiftLeft(magnitude, 13).AsSingle() * Vector512.Create(LaneMath.TwoTo112)).AsUInt32();
        Vector512<uint> special = Vector512.GreaterThan(magnitude, Vector512.Create(0x7BFFu)) & Vector512.Create(0x7F800000u);
        return new((scaled | special | Vector512.ShiftLeft(h & Vector512.Create(0x8000u), 16)).AsSingle());
    }
}
