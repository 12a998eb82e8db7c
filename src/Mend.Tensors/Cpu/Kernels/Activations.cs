using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Cpu.Kernels;

/// <summary>An activation function and its derivative on registers.</summary>
internal interface IActivation
{
    /// <summary>f(x).</summary>
    static abstract V Value<V>(V x)
        where V : unmanaged, ILanes<V>;

    /// <summary>f′(x).</summary>
    static abstract V Slope<V>(V x)
        where V : unmanaged, ILanes<V>;
}

/// <summary>f as a map.</summary>
internal struct ValueMap<F> : IMap
    where F : struct, IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<V>(V a, V b, V c)
        where V : unmanaged, ILanes<V> => F.Value(a);
}

/// <summary>f′(a) ⊙ b as a map.</summary>
internal struct SlopeMap<F> : IMap
    where F : struct, IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<V>(V a, V b, V c)
        where V : unmanaged, ILanes<V> => F.Slope(a) * b;
}

/// <summary><see cref="UnaryOp.Relu"/>.</summary>
internal struct Relu : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : unmanaged, ILanes<V> => V.Max(V.Zero, x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, ILanes<V> => V.WhereLess(x, V.Zero, V.Zero, V.Broadcast(1f));
}

/// <summary><see cref="UnaryOp.GeluErf"/>.</summary>
internal struct GeluErf : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : unmanaged, ILanes<V> => x * LaneMath.NormalCdf(x, out _);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V cdf = LaneMath.NormalCdf(x, out V density);
        return V.Fma(x, density, cdf);
    }
}

/// <summary><see cref="UnaryOp.GeluTanh"/>, through ½(1 + tanh u) = σ(2u), which keeps small values accurate.</summary>
internal struct GeluTanh : IActivation
{
    private const float TwiceRootTwoOverPi = 1.5957691f;
    private const float Cubic = 0.044715f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : unmanaged, ILanes<V> => x * LaneMath.Sigmoid(Inner(x));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V one = V.Broadcast(1f);
        V s = LaneMath.Sigmoid(Inner(x));
        V innerSlope = V.Broadcast(TwiceRootTwoOverPi) * V.Fma(V.Broadcast(3f * Cubic), x * x, one);
        return V.Fma(x * innerSlope, s * (one - s), s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Inner<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        // Clamped, or x³ would overflow and the slope become 0·∞; the sigmoid is 0 or 1 long before.
        V bounded = V.Max(V.Broadcast(-30f), V.Min(V.Broadcast(30f), x));
        return V.Broadcast(TwiceRootTwoOverPi) * V.Fma(V.Broadcast(Cubic) * (bounded * bounded), bounded, bounded);
    }
}

/// <summary><see cref="UnaryOp.QuickGelu"/>.</summary>
internal struct QuickGelu : IActivation
{
    private const float Slant = 1.702f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : unmanaged, ILanes<V> => x * LaneMath.Sigmoid(V.Broadcast(Slant) * x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V s = LaneMath.Sigmoid(V.Broadcast(Slant) * x);
        return V.Fma(V.Broadcast(Slant) * x, s * (V.Broadcast(1f) - s), s);
    }
}

/// <summary><see cref="UnaryOp.Silu"/>.</summary>
internal struct Silu : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : unmanaged, ILanes<V> => x * LaneMath.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V s = LaneMath.Sigmoid(x);
        return V.Fma(x, s * (V.Broadcast(1f) - s), s);
    }
}

/// <summary><see cref="UnaryOp.Tanh"/>.</summary>
internal struct Tanh : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : unmanaged, ILanes<V> => LaneMath.Tanh(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V y = LaneMath.Tanh(x);
        return V.Broadcast(1f) - (y * y);
    }
}

/// <summary><see cref="UnaryOp.Sigmoid"/>.</summary>
internal struct Sigmoid : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : unmanaged, ILanes<V> => LaneMath.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, ILanes<V>
    {
        V s = LaneMath.Sigmoid(x);
        return s * (V.Broadcast(1f) - s);
    }
}

/// <summary><see cref="UnaryOp.Softplus"/>: max(x, 0) + log(1 + e^−|x|).</summary>
internal struct Softplus : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : unmanaged, ILanes<V> => V.Max(V.Zero, x) + LaneMath.LogOnePlus(LaneMath.Exp(V.Zero - V.Abs(x)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, ILanes<V> => LaneMath.Sigmoid(x);
}

/// <summary><see cref="UnaryOp.Exp"/>.</summary>
internal struct Exp : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : unmanaged, ILanes<V> => LaneMath.Exp(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x)
        where V : unmanaged, ILanes<V> => LaneMath.Exp(x);
}
