namespace Mend.Tensors.Cpu.Broadcasting;

/// <summary>
/// How two operands are walked to fill a result of their common shape: as few axes as possible (neighbours that both
/// operands walk alike are joined), each with a stride per operand, 0 where it is repeated. The last axis has strides
/// 0 or 1: it is the inner loop.
/// </summary>
internal sealed class BroadcastPlan
{
    private readonly long[] _extents;
    private readonly long[] _stridesA;
    private readonly long[] _stridesB;

    private BroadcastPlan(long[] extents, long[] stridesA, long[] stridesB)
    {
        _extents = extents;
        _stridesA = stridesA;
        _stridesB = stridesB;
        Inner = extents[^1];
        Outer = 1;
        foreach (long extent in extents.AsSpan(0, extents.Length - 1))
        {
            Outer *= extent;
        }
    }

    /// <summary>Elements of one inner run.</summary>
    public long Inner { get; }

    /// <summary>Number of inner runs.</summary>
    public long Outer { get; }

    /// <summary>Step of the first operand inside a run, 0 or 1.</summary>
    public int StepA => (int)_stridesA[^1];

    /// <summary>Step of the second operand inside a run, 0 or 1.</summary>
    public int StepB => (int)_stridesB[^1];

    /// <summary>The shape that two shapes broadcast to, as NumPy has it.</summary>
    /// <exception cref="ShapeException">Two extents differ and neither is 1.</exception>
    public static Shape ResultShape(string operation, Shape a, Shape b)
    {
        if (a.Equals(b))
        {
            return a;
        }

        int rank = Math.Max(a.Rank, b.Rank);
        int[] extents = new int[rank];
        for (int i = 1; i <= rank; i++)
        {
            int ea = i <= a.Rank ? a[^i] : 1;
            int eb = i <= b.Rank ? b[^i] : 1;
            if (ea != eb && ea != 1 && eb != 1)
            {
                throw new ShapeException($"{operation}: shapes {a} and {b} do not broadcast: axis {rank - i} of the result has extents {ea} and {eb}. Make them equal or one of them 1.");
            }

            extents[rank - i] = ea == 1 ? eb : ea;
        }

        return new Shape(extents);
    }

    /// <summary>Whether <paramref name="from"/> broadcasts to exactly <paramref name="to"/>.</summary>
    public static bool Reaches(Shape from, Shape to)
    {
        if (from.Rank > to.Rank)
        {
            return false;
        }

        for (int i = 1; i <= from.Rank; i++)
        {
            if (from[^i] != to[^i] && from[^i] != 1)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Plans a walk over <paramref name="result"/>; both operands must broadcast to it.</summary>
    public static BroadcastPlan Create(Shape result, Shape a, Shape b)
    {
        List<long> extents = [];
        List<long> stridesA = [];
        List<long> stridesB = [];
        long strideA = 1;
        long strideB = 1;
        for (int i = 1; i <= result.Rank; i++)
        {
            int extent = result[^i];
            int ea = i <= a.Rank ? a[^i] : 1;
            int eb = i <= b.Rank ? b[^i] : 1;
            long sa = ea == 1 ? 0 : strideA;
            long sb = eb == 1 ? 0 : strideB;
            strideA *= ea;
            strideB *= eb;
            if (extent == 1)
            {
                continue;
            }

            // Innermost first: this axis continues the previous one if both operands step on where that one ended.
            if (extents.Count > 0 && sa == stridesA[^1] * extents[^1] && sb == stridesB[^1] * extents[^1])
            {
                extents[^1] *= extent;
                continue;
            }

            extents.Add(extent);
            stridesA.Add(sa);
            stridesB.Add(sb);
        }

        if (extents.Count == 0)
        {
            extents.Add(1);
            stridesA.Add(0);
            stridesB.Add(0);
        }

        // An innermost axis along which an operand steps wider than 1 cannot occur: strides of skipped axes are 1 too.
        extents.Reverse();
        stridesA.Reverse();
        stridesB.Reverse();
        return new BroadcastPlan([.. extents], [.. stridesA], [.. stridesB]);
    }

    /// <summary>Where inner run number <paramref name="run"/> starts in each operand.</summary>
    public (long A, long B) Offsets(long run)
    {
        long a = 0;
        long b = 0;
        for (int axis = _extents.Length - 2; axis >= 0; axis--)
        {
            (run, long index) = Math.DivRem(run, _extents[axis]);
            a += index * _stridesA[axis];
            b += index * _stridesB[axis];
        }

        return (a, b);
    }
}
