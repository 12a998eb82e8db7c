using Mend.Tensors.Torch.Memory;
using TorchSharp;

namespace Mend.Tensors.Torch;

/// <summary>Operations over rows: see <see cref="IEngine"/>.</summary>
public sealed partial class TorchEngine
{
    private static readonly long[] Inner = [-1];

    /// <inheritdoc/>
    public Tensor LayerNorm(Tensor x, Tensor gain, Tensor? bias, float epsilon, out Tensor statistics)
    {
        TorchTensor own = Own(x, nameof(x));
        TorchTensor ownGain = Own(gain, nameof(gain));
        TorchTensor? ownBias = bias is null ? null : Own(bias, nameof(bias));
        int n = x.Shape.Last;
        OperandChecks.Vector(nameof(LayerNorm), nameof(gain), gain, n);
        if (bias is not null)
        {
            OperandChecks.Vector(nameof(LayerNorm), nameof(bias), bias, n);
        }

        (Tensor y, statistics) = Run(nameof(LayerNorm), x.Shape, () =>
        {
            // Two passes: the variance around the mean found, which a sum of squares would lose to cancellation.
            torch.Tensor rows = Matrix(own);
            torch.Tensor mean = rows.mean(Inner, keepdim: true);
            torch.Tensor centred = rows.sub(mean);
            using Scalar least = epsilon;
            torch.Tensor inverse = centred.square().mean(Inner, keepdim: true).add_(least).rsqrt_();
            torch.Tensor normal = centred.mul_(inverse).mul_(ownGain.Data);
            return Pair(ownBias is null ? normal : normal.add_(ownBias.Data), x.Shape, torch.cat([mean, inverse], 1), [OperandChecks.RowCount(x.Shape), 2]);
        });
        return y;
    }

    /// <inheritdoc/>
    public Tensor LayerNormInputGradient(Tensor x, Tensor gain, Tensor statistics, Tensor dy)
    {
        TorchTensor own = Own(x, nameof(x));
        TorchTensor ownGain = Own(gain, nameof(gain));
        TorchTensor stats = Own(statistics, nameof(statistics));
        TorchTensor ownDy = Own(dy, nameof(dy));
        OperandChecks.Same(nameof(LayerNormInputGradient), x, dy);
        OperandChecks.Vector(nameof(LayerNormInputGradient), nameof(gain), gain, x.Shape.Last);
        OperandChecks.Statistics(nameof(LayerNormInputGradient), statistics, x.Shape.Rows * 2);
        return New(nameof(LayerNormInputGradient), x.Shape, () =>
        {
            // With x̂ = (x − mean)·rstd and g = dy ⊙ gain: dx = rstd (g − mean(g) − x̂ mean(g x̂)).
            torch.Tensor pairs = stats.Data.view(x.Shape.Rows, 2);
            torch.Tensor inverse = pairs.narrow(1, 1, 1);
            torch.Tensor normal = Matrix(own).sub(pairs.narrow(1, 0, 1)).mul_(inverse);
            torch.Tensor g = Matrix(ownDy).mul(ownGain.Data);
            torch.Tensor meanG = g.mean(Inner, keepdim: true);
            return NormGradient(g, normal, inverse).sub_(meanG.mul_(inverse));
        });
    }

    /// <inheritdoc/>
    public Tensor RmsNorm(Tensor x, Tensor gain, float epsilon, out Tensor statistics)
    {
        TorchTensor own = Own(x, nameof(x));
        TorchTensor ownGain = Own(gain, nameof(gain));
        OperandChecks.Vector(nameof(RmsNorm), nameof(gain), gain, x.Shape.Last);
        (Tensor y, statistics) = Run(nameof(RmsNorm), x.Shape, () =>
        {
            torch.Tensor rows = Matrix(own);
            using Scalar least = epsilon;
            torch.Tensor inverse = rows.square().mean(Inner, keepdim: true).add_(least).rsqrt_();
            return Pair(rows.mul(inverse).mul_(ownGain.Data), x.Shape, inverse, [OperandChecks.RowCount(x.Shape)]);
        });
        return y;
    }

    /// <inheritdoc/>
    public Tensor RmsNormInputGradient(Tensor x, Tensor gain, Tensor statistics, Tensor dy)
    {
        TorchTensor own = Own(x, nameof(x));
        TorchTensor ownGain = Own(gain, nameof(gain));
        TorchTensor stats = Own(statistics, nameof(statistics));
        TorchTensor ownDy = Own(dy, nameof(dy));
        OperandChecks.Same(nameof(RmsNormInputGradient), x, dy);
        OperandChecks.Vector(nameof(RmsNormInputGradient), nameof(gain), gain, x.Shape.Last);
        OperandChecks.Statistics(nameof(RmsNormInputGradient), statistics, x.Shape.Rows);
        return New(nameof(RmsNormInputGradient), x.Shape, () =>
        {
            torch.Tensor inverse = stats.Data.view(x.Shape.Rows, 1);
            return NormGradient(Matrix(ownDy).mul(ownGain.Data), Matrix(own).mul(inverse), inverse);
        });
    }

    /// <inheritdoc/>
    public Tensor Softmax(Tensor x, float scale, Tensor? bias)
    {
        TorchTensor own = Own(x, nameof(x));
        TorchTensor? ownBias = bias is null ? null : Own(bias, nameof(bias));
        if (bias is not null)
        {
            OperandChecks.Reach(nameof(Softmax), bias.Shape, x.Shape);
        }

        return New(nameof(Softmax), x.Shape, () =>
        {
            using Scalar by = scale;
            using Scalar lowest = float.MinValue;
            torch.Tensor exponents = own.Data.mul(by);
            if (ownBias is not null)
            {
                exponents.add_(ownBias.Data);
            }

            // Held at float.MinValue or above, so that a row in which everything is masked gives the uniform distribution
            // instead of ∞ − ∞.
            return exponents.clamp_min_(lowest).softmax(-1);
        });
    }

    /// <inheritdoc/>
    public Tensor SoftmaxGradient(Tensor y, Tensor dy, float scale)
    {
        TorchTensor own = Own(y, nameof(y));
        TorchTensor ownDy = Own(dy, nameof(dy));
        OperandChecks.Same(nameof(SoftmaxGradient), y, dy);
        return New(nameof(SoftmaxGradient), y.Shape, () =>
        {
            using Scalar by = scale;
            torch.Tensor dot = own.Data.mul(ownDy.Data).sum(Inner, keepdim: true);
            return ownDy.Data.sub(dot).mul_(own.Data).mul_(by);
        });
    }

    /// <inheritdoc/>
    public Tensor LogSoftmax(Tensor x)
    {
        TorchTensor own = Own(x, nameof(x));
        return New(nameof(LogSoftmax), x.Shape, () => own.Data.log_softmax(-1));
    }

    /// <inheritdoc/>
    public Tensor LogSoftmaxGradient(Tensor y, Tensor dy)
    {
        TorchTensor own = Own(y, nameof(y));
        TorchTensor ownDy = Own(dy, nameof(dy));
        OperandChecks.Same(nameof(LogSoftmaxGradient), y, dy);
        return New(nameof(LogSoftmaxGradient), y.Shape, () =>
            own.Data.exp().mul_(ownDy.Data.sum(Inner, keepdim: true)).neg_().add_(ownDy.Data));
    }

    /// <inheritdoc/>
    public int[] ArgMax(Tensor x)
    {
        TorchTensor own = Own(x, nameof(x));
        return x.Shape.Length == 0 ? [] : Run(nameof(ArgMax), x.Shape, () => Array.ConvertAll(HostCopy.ToArray<long>(Matrix(own).argmax(1)), column => (int)column));
    }

    /// <inheritdoc/>
    public bool[] NonZeroRows(Tensor x)
    {
        TorchTensor own = Own(x, nameof(x));
        return x.Shape.Length == 0 ? [] : Run(nameof(NonZeroRows), x.Shape, () => HostCopy.ToArray<bool>(Matrix(own).ne(0f).any(1)));
    }

    /// <inheritdoc/>
    public double SumOfSquares(Tensor x)
    {
        // Pieces of one size, their sums added on the host: the order does not depend on the number of threads, and no
        // float64 copy of a whole large tensor is made.
        const long Row = 16 * 1024;
        const long Piece = 256 * Row;
        TorchTensor own = Own(x, nameof(x));
        return Run(nameof(SumOfSquares), x.Shape, () =>
        {
            torch.Tensor flat = own.Data.view(x.Shape.Length);
            double total = 0;
            for (long start = 0; start < x.Shape.Length;)
            {
                using DisposeScope piece = torch.NewDisposeScope();
                long left = x.Shape.Length - start;
                long rows = Math.Max(1, Math.Min(left, Piece) / Row);
                long row = Math.Min(left, Row);
                torch.Tensor wide = flat.narrow(0, start, rows * row).to_type(torch.float64).view(rows, row);
                foreach (double sum in HostCopy.ToArray<double>(wide.square().sum(Inner)))
                {
                    total += sum;
                }

                start += rows * row;
            }

            return total;
        });
    }

    /// <summary>rstd (g − x̂ mean(g x̂)); changes g and x̂.</summary>
    private static torch.Tensor NormGradient(torch.Tensor g, torch.Tensor normal, torch.Tensor inverse)
    {
        torch.Tensor mean = g.mul(normal).mean(Inner, keepdim: true);
        return g.sub_(normal.mul_(mean)).mul_(inverse);
    }

    private (Tensor Y, Tensor Statistics) Pair(torch.Tensor y, Shape shape, torch.Tensor statistics, Shape statisticsShape) =>
        (new TorchTensor(this, shape, Keep(y, shape)), new TorchTensor(this, statisticsShape, Keep(statistics, statisticsShape)));
}
