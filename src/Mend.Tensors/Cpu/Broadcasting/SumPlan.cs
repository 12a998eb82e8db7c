namespace Mend.Tensors.Cpu.Broadcasting;

/// <summary>
/// How a tensor is walked to sum it down to a shape that broadcasts to it: kept axes, reduced axes, and an innermost
/// run of contiguous elements that is either kept or summed.
/// </summary>
internal sealed class SumPlan
{
    private readonly List<(long Extent, long Stride)> _kept = [];
    private readonly List<(long Extent, long Stride)> _reduced = [];

    /// <summary>Plans the sum of a tensor of shape <paramref name="from"/> to <paramref name="to"/>.</summary>
    public SumPlan(Shape from, Shape to)
    {
        // Innermost first; neighbours of a kind are joined.
        List<(long Extent, long Stride, bool Summed)> axes = [];
        long stride = 1;
        for (int i = 1; i <= from.Rank; i++)
        {
            int extent = from[^i];
            bool summed = i > to.Rank || (to[^i] == 1 && extent != 1);
            if (extent != 1)
            {
                if (axes.Count > 0 && axes[^1].Summed == summed)
                {
                    axes[^1] = axes[^1] with { Extent = axes[^1].Extent * extent };
                }
                else
                {
                    axes.Add((extent, stride, summed));
                }
            }

            stride *= extent;
        }

        Inner = axes.Count > 0 ? axes[0].Extent : 1;
        SumsInner = axes.Count > 0 && axes[0].Summed;
        for (int i = axes.Count - 1; i >= 1; i--)
        {
            (axes[i].Summed ? _reduced : _kept).Add((axes[i].Extent, axes[i].Stride));
        }

        Kept = _kept.Aggregate(1L, (product, axis) => product * axis.Extent);
        Reduced = _reduced.Aggregate(1L, (product, axis) => product * axis.Extent);
    }

    /// <summary>Length of the innermost run.</summary>
    public long Inner { get; }

    /// <summary>Whether the innermost run is summed.</summary>
    public bool SumsInner { get; }

    /// <summary>Number of kept positions outside the run.</summary>
    public long Kept { get; }

    /// <summary>Number of runs summed for each of them.</summary>
    public long Reduced { get; }

    /// <summary>First element of a kept position.</summary>
    public long KeptOffset(long index) => Offset(_kept, index);

    /// <summary>Distance of a summed run from it.</summary>
    public long ReducedOffset(long index) => Offset(_reduced, index);

    private static long Offset(List<(long Extent, long Stride)> axes, long index)
    {
        long offset = 0;
        for (int i = axes.Count - 1; i >= 0; i--)
        {
            (index, long position) = Math.DivRem(index, axes[i].Extent);
            offset += position * axes[i].Stride;
        }

        return offset;
    }
}
