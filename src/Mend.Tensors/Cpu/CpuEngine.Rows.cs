using Mend.Tensors.Cpu.Broadcasting;

namespace Mend.Tensors.Cpu;

/// <summary>Operations over rows: see <see cref="IEngine"/>.</summary>
public sealed unsafe partial class CpuEngine
{
    /// <inheritdoc/>
    public Tensor LayerNorm(Tensor x, Tensor gain, Tensor? bias, float epsilon, out Tensor statistics)
    {
        CpuTensor own = Own(x, nameof(x));
        CpuTensor ownGain = Own(gain, nameof(gain));
        CpuTensor? ownBias = bias is null ? null : Own(bias, nameof(bias));
        int n = x.Shape.Last;
        OperandChecks.Vector(nameof(LayerNorm), nameof(gain), gain, n);
        if (bias is not null)
        {
            OperandChecks.Vector(nameof(LayerNorm), nameof(bias), bias, n);
        }

        CpuTensor y = New(x.Shape);
        CpuTensor stats = New([OperandChecks.RowCount(x.Shape), 2]);
        ForRows(x.Shape, 2, row => _kernels.LayerNorm(
            own.Data + (row * n), ownGain.Data, ownBias is null ? null : ownBias.Data, epsilon, y.Data + (row * n), stats.Data + (row * 2), n));
        GC.KeepAlive((own, ownGain, ownBias));
        statistics = stats;
        return y;
    }

    /// <inheritdoc/>
    public Tensor LayerNormInputGradient(Tensor x, Tensor gain, Tensor statistics, Tensor dy)
    {
        CpuTensor own = Own(x, nameof(x));
        CpuTensor ownGain = Own(gain, nameof(gain));
        CpuTensor stats = Own(statistics, nameof(statistics));
        CpuTensor ownDy = Own(dy, nameof(dy));
        int n = x.Shape.Last;
        OperandChecks.Same(nameof(LayerNormInputGradient), x, dy);
        OperandChecks.Vector(nameof(LayerNormInputGradient), nameof(gain), gain, n);
        OperandChecks.Statistics(nameof(LayerNormInputGradient), statistics, x.Shape.Rows * 2);
        CpuTensor dx = New(x.Shape);
        ForRows(x.Shape, 2, row => _kernels.LayerNormGradient(
            own.Data + (row * n), ownGain.Data, stats.Data + (row * 2), ownDy.Data + (row * n), dx.Data + (row * n), n));
        GC.KeepAlive((own, ownGain, stats, ownDy));
        return dx;
    }

    /// <inheritdoc/>
    public Tensor RmsNorm(Tensor x, Tensor gain, float epsilon, out Tensor statistics)
    {
        CpuTensor own = Own(x, nameof(x));
        CpuTensor ownGain = Own(gain, nameof(gain));
        int n = x.Shape.Last;
        OperandChecks.Vector(nameof(RmsNorm), nameof(gain), gain, n);
        CpuTensor y = New(x.Shape);
        CpuTensor stats = New([OperandChecks.RowCount(x.Shape)]);
        ForRows(x.Shape, 2, row => _kernels.RmsNorm(own.Data + (row * n), ownGain.Data, epsilon, y.Data + (row * n), stats.Data + row, n));
        GC.KeepAlive((own, ownGain));
        statistics = stats;
        return y;
    }

    /// <inheritdoc/>
    public Tensor RmsNormInputGradient(Tensor x, Tensor gain, Tensor statistics, Tensor dy)
    {
        CpuTensor own = Own(x, nameof(x));
        CpuTensor ownGain = Own(gain, nameof(gain));
        CpuTensor stats = Own(statistics, nameof(statistics));
        CpuTensor ownDy = Own(dy, nameof(dy));
        int n = x.Shape.Last;
        OperandChecks.Same(nameof(RmsNormInputGradient), x, dy);
        OperandChecks.Vector(nameof(RmsNormInputGradient), nameof(gain), gain, n);
        OperandChecks.Statistics(nameof(RmsNormInputGradient), statistics, x.Shape.Rows);
        CpuTensor dx = New(x.Shape);
        ForRows(x.Shape, 2, row => _kernels.RmsNormGradient(
            own.Data + (row * n), ownGain.Data, stats.Data + row, ownDy.Data + (row * n), dx.Data + (row * n), n));
        GC.KeepAlive((own, ownGain, stats, ownDy));
        return dx;
    }

    /// <inheritdoc/>
    public Tensor Softmax(Tensor x, float scale, Tensor? bias)
    {
        CpuTensor own = Own(x, nameof(x));
        CpuTensor? ownBias = bias is null ? null : Own(bias, nameof(bias));
        int n = x.Shape.Last;
        if (bias is not null)
        {
            OperandChecks.Reach(nameof(Softmax), bias.Shape, x.Shape);
        }

        CpuTensor y = New(x.Shape);
        RowOffsets offsets = new(x.Shape, bias?.Shape ?? [1]);
        ForRows(x.Shape, 4, row =>
        {
            float* offset = ownBias is null ? null : ownBias.Data + offsets[row];
            _kernels.Softmax(own.Data + (row * n), scale, offset, offsets.Step, y.Data + (row * n), n);
        });
        GC.KeepAlive((own, ownBias));
        return y;
    }

    /// <inheritdoc/>
    public Tensor SoftmaxGradient(Tensor y, Tensor dy, float scale)
    {
        CpuTensor own = Own(y, nameof(y));
        CpuTensor ownDy = Own(dy, nameof(dy));
        OperandChecks.Same(nameof(SoftmaxGradient), y, dy);
        int n = y.Shape.Last;
        CpuTensor dx = New(y.Shape);
        ForRows(y.Shape, 1, row => _kernels.SoftmaxGradient(own.Data + (row * n), ownDy.Data + (row * n), scale, dx.Data + (row * n), n));
        GC.KeepAlive((own, ownDy));
        return dx;
    }

    /// <inheritdoc/>
    public Tensor LogSoftmax(Tensor x)
    {
        CpuTensor own = Own(x, nameof(x));
        int n = x.Shape.Last;
        CpuTensor y = New(x.Shape);
        ForRows(x.Shape, 4, row => _kernels.LogSoftmax(own.Data + (row * n), y.Data + (row * n), n));
        GC.KeepAlive(own);
        return y;
    }

    /// <inheritdoc/>
    public Tensor LogSoftmaxGradient(Tensor y, Tensor dy)
    {
        CpuTensor own = Own(y, nameof(y));
        CpuTensor ownDy = Own(dy, nameof(dy));
        OperandChecks.Same(nameof(LogSoftmaxGradient), y, dy);
        int n = y.Shape.Last;
        CpuTensor dx = New(y.Shape);
        ForRows(y.Shape, 4, row => _kernels.LogSoftmaxGradient(own.Data + (row * n), ownDy.Data + (row * n), dx.Data + (row * n), n));
        GC.KeepAlive((own, ownDy));
        return dx;
    }

    /// <inheritdoc/>
    public int[] ArgMax(Tensor x)
    {
        CpuTensor own = Own(x, nameof(x));
        int n = x.Shape.Last;
        int[] columns = new int[OperandChecks.RowCount(x.Shape)];
        ForRows(x.Shape, 1, row => columns[row] = _kernels.ArgMax(own.Data + (row * n), n));
        GC.KeepAlive(own);
        return columns;
    }

    /// <inheritdoc/>
    public bool[] NonZeroRows(Tensor x)
    {
        CpuTensor own = Own(x, nameof(x));
        int n = x.Shape.Last;
        bool[] rows = new bool[OperandChecks.RowCount(x.Shape)];
        ForRows(x.Shape, 1, row => rows[row] = _kernels.AnyNonZero(own.Data + (row * n), n));
        GC.KeepAlive(own);
        return rows;
    }

    /// <summary>Calls body for every row, several at once where there is enough work.</summary>
    private void ForRows(Shape shape, int costPerElement, Action<long> body) =>
        _workers.RunRanges(shape.Rows, RowGrain(shape.Last, costPerElement), (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                body(row);
            }
        });
}
