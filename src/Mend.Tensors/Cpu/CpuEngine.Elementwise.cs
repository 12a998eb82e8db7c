using Mend.Tensors.Cpu.Broadcasting;

namespace Mend.Tensors.Cpu;

/// <summary>Element-wise operations: see <see cref="IEngine"/>.</summary>
public sealed unsafe partial class CpuEngine
{
    private delegate void BinaryKernel(float* a, int stepA, float* b, int stepB, float* y, long n);

    /// <inheritdoc/>
    public Tensor Add(Tensor a, Tensor b) => Binary(nameof(Add), a, b, _kernels.Add);

    /// <inheritdoc/>
    public Tensor Multiply(Tensor a, Tensor b) => Binary(nameof(Multiply), a, b, _kernels.Multiply);

    /// <inheritdoc/>
    public Tensor Scale(Tensor x, float factor)
    {
        CpuTensor own = Own(x, nameof(x));
        CpuTensor y = New(x.Shape);
        _workers.RunRanges(y.Length, ElementGrain, (start, end) => _kernels.Scale(own.Data + start, factor, y.Data + start, end - start));
        GC.KeepAlive(own);
        return y;
    }

    /// <inheritdoc/>
    public void Accumulate(Tensor target, Tensor x, float factor = 1f)
    {
        CpuTensor y = Own(target, nameof(target));
        CpuTensor own = Own(x, nameof(x));
        OperandChecks.Same(nameof(Accumulate), target, x);
        _workers.RunRanges(y.Length, ElementGrain, (start, end) => _kernels.Accumulate(y.Data + start, own.Data + start, factor, end - start));
        GC.KeepAlive(own);
        GC.KeepAlive(y);
    }

    /// <inheritdoc/>
    public Tensor Expand(Tensor x, Shape shape)
    {
        CpuTensor own = Own(x, nameof(x));
        ArgumentNullException.ThrowIfNull(shape);
        OperandChecks.Reach(nameof(Expand), x.Shape, shape);
        CpuTensor y = New(shape);
        BroadcastPlan plan = BroadcastPlan.Create(shape, x.Shape, x.Shape);
        RunPlan(plan, (run, start, n) =>
        {
            Span<float> part = new(y.Data + (run * plan.Inner) + start, (int)n);
            float* source = own.Data + plan.Offsets(run).A;
            if (plan.StepA == 0)
            {
                part.Fill(*source);
            }
            else
            {
                new ReadOnlySpan<float>(source + start, (int)n).CopyTo(part);
            }
        });
        GC.KeepAlive(own);
        return y;
    }

    /// <inheritdoc/>
    public Tensor Unary(UnaryOp op, Tensor x)
    {
        CpuTensor own = Own(x, nameof(x));
        CpuTensor y = New(x.Shape);
        _workers.RunRanges(y.Length, ElementGrain / 4, (start, end) => _kernels.Unary(op, own.Data + start, y.Data + start, end - start));
        GC.KeepAlive(own);
        return y;
    }

    /// <inheritdoc/>
    public Tensor UnaryGradient(UnaryOp op, Tensor x, Tensor dy)
    {
        CpuTensor own = Own(x, nameof(x));
        CpuTensor ownDy = Own(dy, nameof(dy));
        OperandChecks.Same(nameof(UnaryGradient), x, dy);
        CpuTensor dx = New(x.Shape);
        _workers.RunRanges(dx.Length, ElementGrain / 4, (start, end) => _kernels.UnaryGradient(op, own.Data + start, ownDy.Data + start, dx.Data + start, end - start));
        GC.KeepAlive(own);
        GC.KeepAlive(ownDy);
        return dx;
    }

    /// <inheritdoc/>
    public void AdamStep(Tensor parameter, Tensor firstMoment, Tensor secondMoment, Tensor gradient, in AdamSettings settings)
    {
        CpuTensor p = Own(parameter, nameof(parameter));
        CpuTensor m = Own(firstMoment, nameof(firstMoment));
        CpuTensor v = Own(secondMoment, nameof(secondMoment));
        CpuTensor g = Own(gradient, nameof(gradient));
        OperandChecks.AdamStep(parameter, firstMoment, secondMoment, gradient, settings);
        AdamSettings copy = settings;
        _workers.RunRanges(p.Length, ElementGrain / 2, (start, end) =>
            _kernels.Adam(p.Data + start, m.Data + start, v.Data + start, g.Data + start, copy, end - start));
        GC.KeepAlive((p, m, v, g));
    }

    private CpuTensor Binary(string operation, Tensor a, Tensor b, BinaryKernel kernel)
    {
        CpuTensor ownA = Own(a, nameof(a));
        CpuTensor ownB = Own(b, nameof(b));
        Shape shape = BroadcastPlan.ResultShape(operation, a.Shape, b.Shape);
        CpuTensor y = New(shape);
        BroadcastPlan plan = BroadcastPlan.Create(shape, a.Shape, b.Shape);
        RunPlan(plan, (run, start, n) =>
        {
            (long offsetA, long offsetB) = plan.Offsets(run);
            float* pa = ownA.Data + offsetA + (start * plan.StepA);
            float* pb = ownB.Data + offsetB + (start * plan.StepB);
            kernel(pa, plan.StepA, pb, plan.StepB, y.Data + (run * plan.Inner) + start, n);
        });
        GC.KeepAlive(ownA);
        GC.KeepAlive(ownB);
        return y;
    }

    /// <summary>Calls body(run, start, n) over all runs of a plan, long runs in pieces.</summary>
    private void RunPlan(BroadcastPlan plan, Action<long, long, long> body)
    {
        long pieces = Math.Max(1, (plan.Inner + ElementGrain - 1) / ElementGrain);
        _workers.RunRanges(plan.Outer * pieces, pieces > 1 ? 1 : RowGrain(plan.Inner), (first, last) =>
        {
            for (long item = first; item < last; item++)
            {
                (long run, long piece) = Math.DivRem(item, pieces);
                long start = piece * ElementGrain;
                body(run, start, Math.Min(pieces > 1 ? ElementGrain : plan.Inner, plan.Inner - start));
            }
        });
    }
}
