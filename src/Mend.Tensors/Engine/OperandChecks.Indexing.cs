namespace Mend.Tensors;

/// <summary>Rows and columns by index.</summary>
internal static partial class OperandChecks
{
    /// <summary>Ids lie inside a table.</summary>
    public static void Embed(Weight table, ReadOnlySpan<int> ids) => Indices(nameof(Embed), nameof(ids), ids, table.Stored[0]);

    /// <summary>Row numbers lie inside a tensor.</summary>
    public static void GatherRows(Tensor x, ReadOnlySpan<int> rows) => Indices(nameof(GatherRows), nameof(rows), rows, RowCount(x.Shape));

    /// <summary>There is a place for every row.</summary>
    public static void ScatterRows(Tensor x, ReadOnlySpan<int> rows, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (rows.Length != x.Shape.Rows)
        {
            throw new ShapeException($"ScatterRows: {rows.Length} places were given for {x.Shape.Rows} rows of {x.Shape}; give one per row.");
        }

        Indices(nameof(ScatterRows), nameof(rows), rows, count);
    }

    /// <summary>There is a column for every row.</summary>
    public static void Pick(Tensor x, ReadOnlySpan<int> columns)
    {
        if (columns.Length != x.Shape.Rows)
        {
            throw new ShapeException($"Pick: {columns.Length} columns were given for {x.Shape.Rows} rows of {x.Shape}; give one per row.");
        }

        Indices(nameof(Pick), nameof(columns), columns, x.Shape.Last);
    }

    /// <summary>There is a column for every element.</summary>
    public static void PickGradient(Tensor x, ReadOnlySpan<int> columns, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        if (columns.Length != x.Shape.Length)
        {
            throw new ShapeException($"PickGradient: {columns.Length} columns were given for {x.Shape.Length} elements of {x.Shape}; give one per element.");
        }

        Indices(nameof(PickGradient), nameof(columns), columns, width);
    }

    private static void Indices(string operation, string name, ReadOnlySpan<int> indices, int count)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)count)
            {
                throw new ArgumentOutOfRangeException(name, indices[i], $"{operation}: index number {i} is {indices[i]}; indices run from 0 to below {count}.");
            }
        }
    }
}
