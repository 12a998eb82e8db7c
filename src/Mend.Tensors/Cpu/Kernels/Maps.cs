using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Cpu.Kernels;

/// <summary>A function of up to three registers, applied element by element by <see cref="MapLoop{V}"/>.</summary>
internal interface IMap
{
    /// <summary>f(a, b, c); maps of fewer variables ignore the rest.</summary>
    static abstract V Apply<V>(V a, V b, V c)
        where V : unmanaged, ILanes<V>;
}

/// <summary>a + b.</summary>
internal struct AddMap : IMap
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<V>(V a, V b, V c)
        where V : unmanaged, ILanes<V> => a + b;
}

/// <summary>a ⊙ b.</summary>
internal struct MultiplyMap : IMap
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<V>(V a, V b, V c)
        where V : unmanaged, ILanes<V> => a * b;
}

/// <summary>a·b + c.</summary>
internal struct FmaMap : IMap
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<V>(V a, V b, V c)
        where V : unmanaged, ILanes<V> => V.Fma(a, b, c);
}
