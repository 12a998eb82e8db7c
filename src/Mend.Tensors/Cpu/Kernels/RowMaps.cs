using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Cpu.Kernels;

/// <summary>a.</summary>
internal readonly struct Identity<V> : IRowMap<V>
    where V : unmanaged, ILanes<V>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply(V a, V b, V c) => a;
}

/// <summary>a ⊙ b.</summary>
internal readonly struct Times<V> : IRowMap<V>
    where V : unmanaged, ILanes<V>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply(V a, V b, V c) => a * b;
}

/// <summary>(a − center)².</summary>
internal readonly struct SquaredDistance<V>(V center) : IRowMap<V>
    where V : unmanaged, ILanes<V>
{
    private readonly V _center = center;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply(V a, V b, V c)
    {
        V d = a - _center;
        return d * d;
    }
}

/// <summary>(a − center)·scale ⊙ b + c, or without c.</summary>
internal readonly struct Normalise<V>(V center, V scale, bool hasBias) : IRowMap<V>
    where V : unmanaged, ILanes<V>
{
    private readonly V _center = center;
    private readonly V _scale = scale;
    private readonly bool _hasBias = hasBias;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply(V a, V b, V c) => V.Fma((a - _center) * _scale, b, _hasBias ? c : V.Zero);
}

/// <summary>(a − center)·scale ⊙ b ⊙ c.</summary>
internal readonly struct NormalisedTimesTimes<V>(V center, V scale) : IRowMap<V>
    where V : unmanaged, ILanes<V>
{
    private readonly V _center = center;
    private readonly V _scale = scale;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply(V a, V b, V c) => (a - _center) * _scale * b * c;
}

/// <summary>scale·(b ⊙ c − meanG − (a − center)·scale·meanGx): the gradient of a normalised row a.</summary>
internal readonly struct NormGradient<V>(V center, V scale, V meanG, V meanGx) : IRowMap<V>
    where V : unmanaged, ILanes<V>
{
    private readonly V _center = center;
    private readonly V _scale = scale;
    private readonly V _meanG = meanG;
    private readonly V _meanGx = meanGx;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply(V a, V b, V c) => ((b * c) - _meanG - ((a - _center) * _scale * _meanGx)) * _scale;
}

/// <summary>max(a·scale + b, float.MinValue), or without b.</summary>
internal readonly struct Exponent<V>(V scale, V offset, bool hasBias) : IRowMap<V>
    where V : unmanaged, ILanes<V>
{
    private readonly V _scale = scale;
    private readonly V _offset = offset;
    private readonly bool _hasBias = hasBias;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply(V a, V b, V c) => V.Max(V.Broadcast(float.MinValue), V.Fma(a, _scale, _hasBias ? b : _offset));
}

/// <summary>e^(a − max).</summary>
internal readonly struct ShiftedExp<V>(V max) : IRowMap<V>
    where V : unmanaged, ILanes<V>
{
    private readonly V _max = max;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply(V a, V b, V c) => LaneMath.Exp(a - _max);
}

/// <summary>a − max − log. The maximum first: both may be large where the result is small.</summary>
internal readonly struct Shift<V>(V max, V log) : IRowMap<V>
    where V : unmanaged, ILanes<V>
{
    private readonly V _max = max;
    private readonly V _log = log;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply(V a, V b, V c) => a - _max - _log;
}

/// <summary>scale·a ⊙ (b − dot).</summary>
internal readonly struct SoftmaxSlope<V>(V scale, V dot) : IRowMap<V>
    where V : unmanaged, ILanes<V>
{
    private readonly V _scale = scale;
    private readonly V _dot = dot;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply(V a, V b, V c) => _scale * a * (b - _dot);
}

/// <summary>b − eᵃ·sum.</summary>
internal readonly struct LogSoftmaxSlope<V>(V sum) : IRowMap<V>
    where V : unmanaged, ILanes<V>
{
    private readonly V _sum = sum;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply(V a, V b, V c) => b - (LaneMath.Exp(a) * _sum);
}
