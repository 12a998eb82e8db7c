using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mend.Tensors.Cpu.Lanes;

/// <summary>Eight floats in an AVX register, with AVX2 and FMA.</summary>
internal readonly unsafe struct Lanes256(Vector256<float> v) : ILanes<Lanes256>
{
    private readonly Vector256<float> _v = v;

    /// <summary>Whether this processor has the instructions.</summary>
    public static bool IsSupported => Avx2.IsSupported && System.Runtime.Intrinsics.X86.Fma.IsSupported;

    /// <inheritdoc/>
    public static int Count => 8;

    /// <inheritdoc/>
    public static Lanes256 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 a, Lanes256 b) => new(a._v / b._v);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* p) => new(Vector256.Load(p));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadBFloat16(ushort* p) =>
        new(Vector256.ShiftLeft(Avx2.ConvertToVector256Int32(Vector128.Load(p)), 16).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadFloat16(ushort* p) => FromFloat16(Avx2.ConvertToVector256Int32(Vector128.Load(p)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadInt8(sbyte* p) => new(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(p)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SplitBFloat16(Lanes256 pairs, out Lanes256 first, out Lanes256 second)
    {
        Vector256<uint> bits = pairs._v.AsUInt32();
        first = new(Vector256.ShiftLeft(bits, 16).AsSingle());
        second = new((bits & Vector256.Create(0xFFFF0000u)).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SplitFloat16(Lanes256 pairs, out Lanes256 first, out Lanes256 second)
    {
        Vector256<uint> bits = pairs._v.AsUInt32();
        first = FromFloat16((bits & Vector256.Create(0xFFFFu)).AsInt32());
        second = FromFloat16(Vector256.ShiftRightLogical(bits, 16).AsInt32());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 v, float* p) => v._v.Store(p);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(float v) => new(Vector256.Create(v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Fma(Lanes256 a, Lanes256 b, Lanes256 c) =>
        new(System.Runtime.Intrinsics.X86.Fma.MultiplyAdd(a._v, b._v, c._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Avx.Max(a._v, b._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Min(Lanes256 a, Lanes256 b) => new(Avx.Min(a._v, b._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Sqrt(Lanes256 v) => new(Avx.Sqrt(v._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Abs(Lanes256 v) => new(Vector256.Abs(v._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Round(Lanes256 v) => new(Avx.RoundToNearestInteger(v._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 TimesPowerOfTwo(Lanes256 v, Lanes256 n)
    {
        // Two factors of about half the exponent each: neither overflows, and subnormal results are rounded once.
        Vector256<int> whole = Avx.ConvertToVector256Int32(n._v);
        Vector256<int> half = Vector256.ShiftRightArithmetic(whole, 1);
        Vector256<int> bias = Vector256.Create(127);
        Vector256<float> first = Vector256.ShiftLeft(half + bias, 23).AsSingle();
        Vector256<float> second = Vector256.ShiftLeft(whole - half + bias, 23).AsSingle();
        return new(v._v * first * second);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 WhereLess(Lanes256 a, Lanes256 b, Lanes256 x, Lanes256 y) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(a._v, b._v), x._v, y._v));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyNonZero(Lanes256 v) => !Vector256.EqualsAll(v._v, Vector256<float>.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes256 v)
    {
        Vector128<float> four = v._v.GetLower() + v._v.GetUpper();
        Vector128<float> two = four + Sse.MoveHighToLow(four, four);
        return two.ToScalar() + two.GetElement(1);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes256 v)
    {
        Vector128<float> four = Sse.Max(v._v.GetLower(), v._v.GetUpper());
        Vector128<float> two = Sse.Max(four, Sse.MoveHighToLow(four, four));
        return Sse.MaxScalar(two, Sse.Shuffle(two, two, 1)).ToScalar();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose<TElement>(void* source, long sourceStride, float* destination, long destinationStride)
        where TElement : unmanaged, IElement<TElement>
    {
        // As in Lanes512: 4×4 blocks inside the 128-bit halves, then the halves change places.
        float* halves = stackalloc float[8 * 8];
        for (int group = 0; group < 2; group++)
        {
            TElement* row = (TElement*)source + (group * 4 * sourceStride);
            Vector256<float> r0 = TElement.Load<Lanes256>(row)._v;
            Vector256<float> r1 = TElement.Load<Lanes256>(row + sourceStride)._v;
            Vector256<float> r2 = TElement.Load<Lanes256>(row + (2 * sourceStride))._v;
            Vector256<float> r3 = TElement.Load<Lanes256>(row + (3 * sourceStride))._v;
            Vector256<double> a = Avx.UnpackLow(r0, r1).AsDouble();
            Vector256<double> b = Avx.UnpackHigh(r0, r1).AsDouble();
            Vector256<double> c = Avx.UnpackLow(r2, r3).AsDouble();
            Vector256<double> d = Avx.UnpackHigh(r2, r3).AsDouble();
            float* h = halves + (group * 8);
            Avx.UnpackLow(a, c).AsSingle().Store(h);
            Avx.UnpackHigh(a, c).AsSingle().Store(h + 16);
            Avx.UnpackLow(b, d).AsSingle().Store(h + 32);
            Avx.UnpackHigh(b, d).AsSingle().Store(h + 48);
        }

        for (int column = 0; column < 4; column++)
        {
            Vector256<float> g0 = Vector256.Load(halves + (column * 16));
            Vector256<float> g1 = Vector256.Load(halves + (column * 16) + 8);
            float* p = destination + (column * destinationStride);
            Avx.Permute2x128(g0, g1, 0x20).Store(p);
            Avx.Permute2x128(g0, g1, 0x31).Store(p + (4 * destinationStride));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes256 FromFloat16(Vector256<int> h)
    {
        // See Lanes512.FromFloat16.
        Vector256<int> magnitude = h & Vector256.Create(0x7FFF);
        Vector256<int> scaled = (Vector256.ShiftLeft(magnitude, 13).AsSingle() * Vector256.Create(LaneMath.TwoTo112)).AsInt32();
        Vector256<int> special = Vector256.GreaterThan(magnitude, Vector256.Create(0x7BFF)) & Vector256.Create(0x7F800000);
        return new((scaled | special | Vector256.ShiftLeft(h & Vector256.Create(0x8000), 16)).AsSingle());
    }
}
