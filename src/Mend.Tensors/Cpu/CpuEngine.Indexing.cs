namespace Mend.Tensors.Cpu;

/// <summary>Rows and columns by index: see <see cref="IEngine"/>.</summary>
public sealed unsafe partial class CpuEngine
{
    /// <inheritdoc/>
    public Tensor Embed(Weight table, ReadOnlySpan<int> ids)
    {
        CpuWeight own = Own(table, nameof(table));
        int columns = table.Stored[1];
        int[] copy = RequireIndices(nameof(Embed), nameof(ids), ids, table.Stored[0]);
        CpuTensor y = New([ids.Length, columns]);
        _workers.RunRanges(copy.Length, RowGrain(columns), (start, end) =>
        {
            for (long i = start; i < end; i++)
            {
                byte* row = own.Data + ((long)copy[i] * columns * table.Type.Size());
                _kernels.Convert(table.Type, row, y.Data + (i * columns), columns);
            }
        });
        GC.KeepAlive(own);
        return y;
    }

    /// <inheritdoc/>
    public Tensor GatherRows(Tensor x, ReadOnlySpan<int> rows)
    {
        CpuTensor own = Own(x, nameof(x));
        int n = x.Shape.Last;
        int[] copy = RequireIndices(nameof(GatherRows), nameof(rows), rows, RowCount(x.Shape));
        CpuTensor y = New([rows.Length, n]);
        _workers.RunRanges(copy.Length, RowGrain(n), (start, end) =>
        {
            for (long i = start; i < end; i++)
            {
                Copy(own.Data + ((long)copy[i] * n), y.Data + (i * n), n);
            }
        });
        GC.KeepAlive(own);
        return y;
    }

    /// <inheritdoc/>
    public Tensor ScatterRows(Tensor x, ReadOnlySpan<int> rows, int count)
    {
        CpuTensor own = Own(x, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (rows.Length != x.Shape.Rows)
        {
            throw new ShapeException($"ScatterRows: {rows.Length} places were given for {x.Shape.Rows} rows of {x.Shape}; give one per row.");
        }

        int n = x.Shape.Last;
        int[] copy = RequireIndices(nameof(ScatterRows), nameof(rows), rows, count);
        CpuTensor y = New([count, n]);
        Clear(y);

        // Rows may fall on the same place: each thread takes a range of columns and adds the rows in order.
        _workers.RunRanges(n, Math.Max(64, RowGrain(copy.Length) + 63 & ~63L), (start, end) =>
        {
            for (int i = 0; i < copy.Length; i++)
            {
                _kernels.Accumulate(y.Data + ((long)copy[i] * n) + start, own.Data + ((long)i * n) + start, 1f, end - start);
            }
        });
        GC.KeepAlive(own);
        return y;
    }

    /// <inheritdoc/>
    public Tensor Pick(Tensor x, ReadOnlySpan<int> columns)
    {
        CpuTensor own = Own(x, nameof(x));
        int n = x.Shape.Last;
        if (columns.Length != x.Shape.Rows)
        {
            throw new ShapeException($"Pick: {columns.Length} columns were given for {x.Shape.Rows} rows of {x.Shape}; give one per row.");
        }

        _ = RequireIndices(nameof(Pick), nameof(columns), columns, n);
        CpuTensor y = New([columns.Length]);
        float* from = own.Data;
        float* to = y.Data;
        for (int i = 0; i < columns.Length; i++)
        {
            to[i] = from[((long)i * n) + columns[i]];
        }

        GC.KeepAlive(own);
        return y;
    }

    /// <inheritdoc/>
    public Tensor PickGradient(Tensor x, ReadOnlySpan<int> columns, int width)
    {
        CpuTensor own = Own(x, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        if (columns.Length != own.Length)
        {
            throw new ShapeException($"PickGradient: {columns.Length} columns were given for {own.Length} elements of {x.Shape}; give one per element.");
        }

        _ = RequireIndices(nameof(PickGradient), nameof(columns), columns, width);
        CpuTensor y = New([columns.Length, width]);
        Clear(y);
        float* from = own.Data;
        float* to = y.Data;
        for (int i = 0; i < columns.Length; i++)
        {
            to[((long)i * width) + columns[i]] = from[i];
        }

        GC.KeepAlive(own);
        return y;
    }

    private static int[] RequireIndices(string operation, string name, ReadOnlySpan<int> indices, int count)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)count)
            {
                throw new ArgumentOutOfRangeException(name, indices[i], $"{operation}: index number {i} is {indices[i]}; indices run from 0 to below {count}.");
            }
        }

        return indices.ToArray();
    }
}
