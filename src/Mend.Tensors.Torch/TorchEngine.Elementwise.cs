using TorchSharp;

namespace Mend.Tensors.Torch;

/// <summary>Element-wise operations: see <see cref="IEngine"/>.</summary>
public sealed partial class TorchEngine
{
    /// <inheritdoc/>
    public Tensor Add(Tensor a, Tensor b)
    {
        (TorchTensor ownA, TorchTensor ownB, Shape shape) = Broadcast(nameof(Add), a, b);
        return New(nameof(Add), shape, () => ownA.Data.add(ownB.Data));
    }

    /// <inheritdoc/>
    public Tensor Multiply(Tensor a, Tensor b)
    {
        (TorchTensor ownA, TorchTensor ownB, Shape shape) = Broadcast(nameof(Multiply), a, b);
        return New(nameof(Multiply), shape, () => ownA.Data.mul(ownB.Data));
    }

    /// <inheritdoc/>
    public Tensor Scale(Tensor x, float factor)
    {
        TorchTensor own = Own(x, nameof(x));
        return New(nameof(Scale), x.Shape, () =>
        {
            using Scalar by = factor;
            return own.Data.mul(by);
        });
    }

    /// <inheritdoc/>
    public void Accumulate(Tensor target, Tensor x, float factor = 1f)
    {
        TorchTensor y = Own(target, nameof(target));
        TorchTensor own = Own(x, nameof(x));
        OperandChecks.Same(nameof(Accumulate), target, x);
        Run(nameof(Accumulate), x.Shape, () =>
        {
            using Scalar by = factor;
            return y.Data.add_(own.Data, by);
        });
    }

    /// <inheritdoc/>
    public Tensor Expand(Tensor x, Shape shape)
    {
        TorchTensor own = Own(x, nameof(x));
        ArgumentNullException.ThrowIfNull(shape);
        OperandChecks.Reach(nameof(Expand), x.Shape, shape);
        return New(nameof(Expand), shape, () => Own(own.Data.expand(Extents(shape))));
    }

    /// <inheritdoc/>
    public Tensor SumTo(Tensor x, Shape shape)
    {
        TorchTensor own = Own(x, nameof(x));
        ArgumentNullException.ThrowIfNull(shape);
        OperandChecks.Reach(nameof(SumTo), shape, x.Shape);
        int added = x.Shape.Rank - shape.Rank;
        long[] summed = [.. Enumerable.Range(0, x.Shape.Rank).Where(axis => axis < added || shape[axis - added] != x.Shape[axis]).Select(axis => (long)axis)];

        // No axis would mean all of them to libtorch.
        return New(nameof(SumTo), shape, () => summed.Length == 0 ? own.Data.clone() : own.Data.sum(summed, keepdim: true));
    }

    /// <inheritdoc/>
    public Tensor Unary(UnaryOp op, Tensor x)
    {
        TorchTensor own = Own(x, nameof(x));
        return New(nameof(Unary), x.Shape, () => Activations.Value(op, own.Data));
    }

    /// <inheritdoc/>
    public Tensor UnaryGradient(UnaryOp op, Tensor x, Tensor dy)
    {
        TorchTensor own = Own(x, nameof(x));
        TorchTensor ownDy = Own(dy, nameof(dy));
        OperandChecks.Same(nameof(UnaryGradient), x, dy);
        return New(nameof(UnaryGradient), x.Shape, () => Activations.Slope(op, own.Data).mul_(ownDy.Data));
    }

    /// <inheritdoc/>
    public void AdamStep(Tensor parameter, Tensor firstMoment, Tensor secondMoment, Tensor gradient, in AdamSettings settings)
    {
        TorchTensor p = Own(parameter, nameof(parameter));
        TorchTensor m = Own(firstMoment, nameof(firstMoment));
        TorchTensor v = Own(secondMoment, nameof(secondMoment));
        TorchTensor g = Own(gradient, nameof(gradient));
        OperandChecks.AdamStep(parameter, firstMoment, secondMoment, gradient, settings);
        AdamSettings s = settings;
        Run(nameof(AdamStep), parameter.Shape, () =>
        {
            using Scalar scale = s.GradientScale;
            using Scalar beta1 = s.Beta1;
            using Scalar beta2 = s.Beta2;
            using Scalar rest1 = 1 - (double)s.Beta1;
            using Scalar rest2 = 1 - (double)s.Beta2;
            using Scalar correction2 = 1 / (1 - Math.Pow(s.Beta2, s.Step));
            using Scalar epsilon = s.Epsilon;
            using Scalar step = -s.Rate / (1 - Math.Pow(s.Beta1, s.Step));
            torch.Tensor scaled = g.Data.mul(scale);
            m.Data.mul_(beta1).add_(scaled, rest1);
            v.Data.mul_(beta2).addcmul_(scaled, scaled, rest2);
            return p.Data.addcdiv_(m.Data, v.Data.mul(correction2).sqrt_().add_(epsilon), step);
        });
    }

    private (TorchTensor A, TorchTensor B, Shape Shape) Broadcast(string operation, Tensor a, Tensor b) =>
        (Own(a, nameof(a)), Own(b, nameof(b)), Cpu.Broadcasting.BroadcastPlan.ResultShape(operation, a.Shape, b.Shape));
}
