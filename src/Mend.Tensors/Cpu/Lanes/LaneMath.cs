using System.Runtime.CompilerServices;

namespace Mend.Tensors.Cpu.Lanes;

/// <summary>Elementary functions on registers of floats, with a relative error of a few 10⁻⁷.</summary>
internal static unsafe class LaneMath
{
    /// <summary>2¹¹², which moves a binary16 exponent (bias 15) to binary32's (bias 127).</summary>
    public const float TwoTo112 = 5.192297e33f;

    private const float Log2E = 1.44269504f;

    // ln 2 in two parts: the first has few enough bits that n·LnTwoHigh is exact for the n that occur.
    private const float LnTwoHigh = 0.693359375f;
    private const float LnTwoLow = -2.12194440e-4f;

    /// <summary>eˣ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V n = Reduce(x, out V r);
        return V.TimesPowerOfTwo(V.Fma(r * r, Tail(r), r) + V.Broadcast(1f), n);
    }

    /// <summary>eˣ − 1 without cancellation; |x| at most 60.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpMinusOne<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V n = Reduce(x, out V r);
        V one = V.Broadcast(1f);
        V power = V.TimesPowerOfTwo(one, n);
        return V.Fma(V.Fma(r * r, Tail(r), r), power, power - one);
    }

    /// <summary>Hyperbolic tangent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        // Beyond 10, tanh rounds to ±1.
        V clamped = V.Max(V.Broadcast(-10f), V.Min(V.Broadcast(10f), x));
        V e = ExpMinusOne(clamped + clamped);
        return e / (e + V.Broadcast(2f));
    }

    /// <summary>1/(1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V one = V.Broadcast(1f);
        return one / (one + Exp(V.Zero - x));
    }

    /// <summary>log(1 + e) for e in 0..1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LogOnePlus<V>(V e)
        where V : unmanaged, ILanes<V>
    {
        // 2 artanh(q) with q = e/(2 + e), at most 1/3: the series' next term is below 10⁻⁸ of the sum.
        V q = e / (e + V.Broadcast(2f));
        V q2 = q * q;
        V p = V.Fma(V.Broadcast(1f / 15f), q2, V.Broadcast(1f / 13f));
        p = V.Fma(p, q2, V.Broadcast(1f / 11f));
        p = V.Fma(p, q2, V.Broadcast(1f / 9f));
        p = V.Fma(p, q2, V.Broadcast(1f / 7f));
        p = V.Fma(p, q2, V.Broadcast(1f / 5f));
        p = V.Fma(p, q2, V.Broadcast(1f / 3f));
        return V.Fma(q + q, q2 * p, q + q);
    }

    /// <summary>
    /// The normal distribution function Φ(x), and its density φ(x). Small Φ keep their relative accuracy.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V NormalCdf<V>(V x, out V density)
        where V : unmanaged, ILanes<V>
    {
        // With z = |x|/√2, ½ erfc(z) = ½ e^(−z²)·g(s)/(1 + 2z), s = (z − 3.75)/(z + 3.75). g is smooth on −1..1; the
        // polynomial is its near-minimax fit for z in 0..10, relative error 7e-9.
        V z = V.Min(V.Broadcast(10f), V.Abs(x) * V.Broadcast(0.70710678f));
        V s = (z - V.Broadcast(3.75f)) / (z + V.Broadcast(3.75f));
        V g = NormalTail(s);
        V e = Exp(V.Broadcast(-0.5f) * (x * x));
        V upper = V.Broadcast(0.5f) * e * g / V.Fma(V.Broadcast(2f), z, V.Broadcast(1f));
        density = e * V.Broadcast(0.39894228f);
        return V.WhereLess(x, V.Zero, upper, V.Broadcast(1f) - upper);
    }

    /// <summary>x = n·ln 2 + r with |r| at most ½ ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Reduce<V>(V x, out V r)
        where V : unmanaged, ILanes<V>
    {
        // Outside these bounds e^x is 0 or infinite in float32; inside, the exponent stays in TimesPowerOfTwo's range.
        V clamped = V.Max(V.Broadcast(-110f), V.Min(V.Broadcast(110f), x));
        V n = V.Round(clamped * V.Broadcast(Log2E));
        r = V.Fma(n, V.Broadcast(-LnTwoLow), V.Fma(n, V.Broadcast(-LnTwoHigh), clamped));
        return n;
    }

    /// <summary>(eʳ − 1 − r)/r² for |r| at most ½ ln 2: the Taylor series, whose next term is below 10⁻⁸.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Tail<V>(V r)
        where V : unmanaged, ILanes<V>
    {
        V p = V.Fma(V.Broadcast(1f / 5040f), r, V.Broadcast(1f / 720f));
        p = V.Fma(p, r, V.Broadcast(1f / 120f));
        p = V.Fma(p, r, V.Broadcast(1f / 24f));
        p = V.Fma(p, r, V.Broadcast(1f / 6f));
        return V.Fma(p, r, V.Broadcast(0.5f));
    }

    /// <summary>(1 + 2z)·e^(z²)·erfc(z) as a polynomial of degree 10 in s; see <see cref="NormalCdf"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V NormalTail<V>(V s)
        where V : unmanaged, ILanes<V>
    {
        V p = V.Fma(V.Broadcast(0.001124210424f), s, V.Broadcast(0.002389740833f));
        p = V.Fma(p, s, V.Broadcast(-0.009856191015f));
        p = V.Fma(p, s, V.Broadcast(0.02804279985f));
        p = V.Fma(p, s, V.Broadcast(-0.0587559275f));
        p = V.Fma(p, s, V.Broadcast(0.0923536269f));
        p = V.Fma(p, s, V.Broadcast(-0.1087899152f));
        p = V.Fma(p, s, V.Broadcast(0.08227385122f));
        p = V.Fma(p, s, V.Broadcast(0.00358465474f));
        p = V.Fma(p, s, V.Broadcast(-0.1402405464f));
        return V.Fma(p, s, V.Broadcast(1.237512637f));
    }
}
