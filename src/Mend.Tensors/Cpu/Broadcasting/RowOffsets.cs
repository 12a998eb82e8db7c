namespace Mend.Tensors.Cpu.Broadcasting;

/// <summary>Where the rows of a broadcast operand start, for every row of the shape it broadcasts to.</summary>
internal sealed class RowOffsets
{
    private readonly int[] _extents;
    private readonly long[] _strides;

    /// <summary>Prepares the strides; <paramref name="operand"/> must broadcast to <paramref name="shape"/>.</summary>
    public RowOffsets(Shape shape, Shape operand)
    {
        int outer = shape.Rank - 1;
        _extents = shape.Extents[..outer].ToArray();
        _strides = new long[outer];
        Step = operand.Last == 1 ? 0 : 1;
        long stride = operand.Last;
        for (int i = 2; i <= operand.Rank; i++)
        {
            _strides[shape.Rank - i] = operand[^i] == 1 ? 0 : stride;
            stride *= operand[^i];
        }
    }

    /// <summary>Step inside a row: 0 where one element is repeated, else 1.</summary>
    public int Step { get; }

    /// <summary>The operand's first element for a row of the shape.</summary>
    public long this[long row]
    {
        get
        {
            long offset = 0;
            for (int axis = _extents.Length - 1; axis >= 0; axis--)
            {
                (row, long index) = Math.DivRem(row, _extents[axis]);
                offset += index * _strides[axis];
            }

            return offset;
        }
    }
}
