namespace Mend.Tensors.Cpu.Broadcasting;

/// <summary>
/// How a permutation is carried out: axes that stay neighbours are joined; then either the innermost axis stays
/// innermost and runs are copied, or the innermost axis of operand and result differ and blocks are transposed.
/// </summary>
internal sealed class PermutePlan
{
    private readonly long[] _extents;
    private readonly long[] _sources;
    private readonly long[] _targets;

    /// <summary>Plans the permutation of a tensor; result axis i is operand axis order[i].</summary>
    public PermutePlan(Shape shape, int[] order)
    {
        (List<long> extents, List<long> sources) = Join(shape, order);
        long[] targets = new long[extents.Count];
        long stride = 1;
        for (int i = extents.Count - 1; i >= 0; i--)
        {
            targets[i] = stride;
            stride *= extents[i];
        }

        RunLength = extents[^1];
        IsCopy = extents.Count == 1 && sources[0] == 1;
        int columns = sources.LastIndexOf(1);
        List<int> outer = [.. Enumerable.Range(0, extents.Count - 1)];
        if (columns >= 0 && columns != extents.Count - 1)
        {
            Block = new TransposedBlock(RunLength, extents[columns], sources[^1], targets[columns]);
            outer.Remove(columns);
        }

        _extents = [.. outer.Select(i => extents[i])];
        _sources = [.. outer.Select(i => sources[i])];
        _targets = [.. outer.Select(i => targets[i])];
        Runs = _extents.Aggregate(1L, (product, extent) => product * extent);
    }

    /// <summary>Whether nothing moves.</summary>
    public bool IsCopy { get; }

    /// <summary>The block to transpose in each run; null where runs are copied.</summary>
    public TransposedBlock? Block { get; }

    /// <summary>Number of runs.</summary>
    public long Runs { get; }

    /// <summary>Elements copied in a run, where runs are copied.</summary>
    public long RunLength { get; }

    /// <summary>Length of the last axis outside a run: that many runs in a row lie at equal distances.</summary>
    public long Row => _extents.Length == 0 ? 1 : _extents[^1];

    /// <summary>Elements from run to run in such a row.</summary>
    public (long Source, long Target) Step => _extents.Length == 0 ? (0, 0) : (_sources[^1], _targets[^1]);

    /// <summary>Where a run starts in the operand and in the result.</summary>
    public (long Source, long Target) Offsets(long run)
    {
        long source = 0;
        long target = 0;
        for (int axis = _extents.Length - 1; axis >= 0; axis--)
        {
            (run, long index) = Math.DivRem(run, _extents[axis]);
            source += index * _sources[axis];
            target += index * _targets[axis];
        }

        return (source, target);
    }

    /// <summary>Result axes with their operand strides, without axes of extent 1 and with neighbours joined.</summary>
    private static (List<long> Extents, List<long> Sources) Join(Shape shape, int[] order)
    {
        long[] strides = new long[shape.Rank];
        long stride = 1;
        for (int i = shape.Rank - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= shape[i];
        }

        List<long> extents = [];
        List<long> sources = [];
        foreach (int axis in order)
        {
            if (shape[axis] == 1)
            {
                continue;
            }

            if (extents.Count > 0 && sources[^1] == strides[axis] * shape[axis])
            {
                extents[^1] *= shape[axis];
                sources[^1] = strides[axis];
                continue;
            }

            extents.Add(shape[axis]);
            sources.Add(strides[axis]);
        }

        if (extents.Count == 0)
        {
            extents.Add(1);
            sources.Add(1);
        }

        return (extents, sources);
    }

    /// <summary>A block of the operand whose rows become columns of the result.</summary>
    /// <param name="Rows">Rows in the operand.</param>
    /// <param name="Columns">Columns in the operand, which are contiguous there.</param>
    /// <param name="SourceStride">Elements from row to row in the operand.</param>
    /// <param name="TargetStride">Elements from row to row in the result.</param>
    public readonly record struct TransposedBlock(long Rows, long Columns, long SourceStride, long TargetStride);
}
