namespace Mend.Tensors.Cpu;

/// <summary>Rows and columns by index: see <see cref="IEngine"/>.</summary>
public sealed unsafe partial class CpuEngine
{
    /// <inheritdoc/>
    public Tensor Embed(Weight table, ReadOnlySpan<int> ids)
    {
        CpuWeight own = Own(table, nameof(table));
        int columns = table.Stored[1];
        OperandChecks.Embed(table, ids);
        int[] copy = ids.ToArray();
        CpuTensor y = New([ids.Length, columns]);
        _workers.RunRanges(copy.Length, RowGrain(columns), (start, end) =>
        {
            for (long i = start; i < end; i++)
            {
                byte* row = own.Data + table.Type.BytesOf((long)copy[i] * columns);
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
        OperandChecks.GatherRows(x, rows);
        int[] copy = rows.ToArray();
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
        OperandChecks.ScatterRows(x, rows, count);
        int n = x.Shape.Last;
        int[] copy = rows.ToArray();
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
        OperandChecks.Pick(x, columns);
        int n = x.Shape.Last;
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
        OperandChecks.PickGradient(x, columns, width);
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
}
