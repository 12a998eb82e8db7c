namespace Mend.Tensors.Cpu;

/// <summary>Sums: see <see cref="IEngine"/>. Their order depends on the shapes only.</summary>
public sealed unsafe partial class CpuEngine
{
    /// <summary>Elements whose squares are summed as one piece.</summary>
    private const long SquaresBlock = 16 * 1024;

    /// <inheritdoc/>
    public Tensor SumTo(Tensor x, Shape shape)
    {
        CpuTensor own = Own(x, nameof(x));
        ArgumentNullException.ThrowIfNull(shape);
        OperandChecks.Reach(nameof(SumTo), shape, x.Shape);
        CpuTensor y = New(shape);
        Broadcasting.SumPlan plan = new(x.Shape, shape);
        if (plan.SumsInner)
        {
            // Each result element: the sums of its runs, in order.
            _workers.RunRanges(plan.Kept, RowGrain(plan.Inner * plan.Reduced), (start, end) =>
            {
                for (long kept = start; kept < end; kept++)
                {
                    y.Data[kept] = SumRuns(own.Data + plan.KeptOffset(kept), plan);
                }
            });
        }
        else
        {
            // Each result run: its runs added in order. Long runs are shared by columns.
            long pieces = Math.Max(1, Math.Min((plan.Inner + 255) / 256, plan.Inner * plan.Reduced / ElementGrain));
            long width = ((plan.Inner + pieces - 1) / pieces + 63) & ~63L;
            pieces = Math.Max(1, (plan.Inner + width - 1) / Math.Max(1, width));
            _workers.RunRanges(plan.Kept * pieces, RowGrain(width * plan.Reduced), (start, end) =>
            {
                for (long item = start; item < end; item++)
                {
                    (long kept, long piece) = Math.DivRem(item, pieces);
                    long first = piece * width;
                    AddRuns(own.Data + plan.KeptOffset(kept) + first, plan, y.Data + (kept * plan.Inner) + first, Math.Min(width, plan.Inner - first));
                }
            });
        }

        GC.KeepAlive(own);
        return y;
    }

    /// <inheritdoc/>
    public double SumOfSquares(Tensor x)
    {
        CpuTensor own = Own(x, nameof(x));
        double[] sums = new double[(own.Length + SquaresBlock - 1) / SquaresBlock];
        _workers.RunRanges(sums.Length, 1, (start, end) =>
        {
            for (long i = start; i < end; i++)
            {
                sums[i] = _kernels.SumOfSquares(own.Data + (i * SquaresBlock), Math.Min(SquaresBlock, own.Length - (i * SquaresBlock)));
            }
        });
        GC.KeepAlive(own);
        double total = 0;
        foreach (double sum in sums)
        {
            total += sum;
        }

        return total;
    }

    private float SumRuns(float* x, Broadcasting.SumPlan plan)
    {
        // Few runs, or many short ones: float64 keeps the sum of sums exact enough at no cost.
        double sum = 0;
        for (long run = 0; run < plan.Reduced; run++)
        {
            sum += _kernels.Sum(x + plan.ReducedOffset(run), plan.Inner);
        }

        return (float)sum;
    }

    private void AddRuns(float* x, Broadcasting.SumPlan plan, float* y, long n)
    {
        new Span<float>(y, (int)n).Clear();
        for (long run = 0; run < plan.Reduced; run++)
        {
            _kernels.Accumulate(y, x + plan.ReducedOffset(run), 1f, n);
        }
    }
}
