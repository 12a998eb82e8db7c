using TorchSharp;

namespace Mend.Tensors.Torch;

/// <summary>Matrix products: see <see cref="IEngine"/>.</summary>
/// <remarks>
/// Only mm, bmm and addmm are called: TorchSharp's matmul does not catch libtorch's exceptions, so an exhausted device
/// would end the process.
/// </remarks>
public sealed partial class TorchEngine
{
    /// <summary>
    /// Elements of a 16-bit weight that are converted to float32 at a time: on the processor few enough to stay in its
    /// caches until they are multiplied, on a device enough to keep it busy.
    /// </summary>
    private const long ConvertedOnHost = 1 << 20;

    private const long ConvertedOnDevice = 1 << 26;

    /// <inheritdoc/>
    public Tensor Linear(Tensor x, Weight w, Tensor? bias)
    {
        TorchTensor own = Own(x, nameof(x));
        TorchWeight ownW = Own(w, nameof(w));
        TorchTensor? ownBias = bias is null ? null : Own(bias, nameof(bias));
        OperandChecks.Linear(x, w, bias);
        return New(nameof(Linear), x.Shape.With(^1, w.Out), () =>
        {
            torch.Tensor y = WeightProduct(own, ownW, w.Layout == WeightLayout.OutIn, w.Out);
            return ownBias is null ? y : y.add_(ownBias.Data);
        });
    }

    /// <inheritdoc/>
    public Tensor LinearInputGradient(Tensor dy, Weight w)
    {
        TorchTensor own = Own(dy, nameof(dy));
        TorchWeight ownW = Own(w, nameof(w));
        OperandChecks.LinearInputGradient(dy, w);
        return New(nameof(LinearInputGradient), dy.Shape.With(^1, w.In), () => WeightProduct(own, ownW, w.Layout == WeightLayout.InOut, w.In));
    }

    /// <inheritdoc/>
    public Weight Fold(Weight w, IReadOnlyList<LowRankTerm> terms)
    {
        TorchWeight own = Own(w, nameof(w));
        ArgumentNullException.ThrowIfNull(terms);
        foreach (LowRankTerm term in terms)
        {
            _ = Own(term.U, nameof(terms));
            _ = Own(term.Delta, nameof(terms));
            OperandChecks.Fold(w, term);
        }

        return Run(nameof(Fold), w.Stored, () =>
        {
            torch.Tensor folded = own.Data.to_type(torch.float32, copy: true);
            foreach (LowRankTerm term in terms)
            {
                // Stored [out, in]: += α Δ̃ᵀ Ũ; stored [in, out]: += α Ũᵀ Δ̃.
                bool outIn = w.Layout == WeightLayout.OutIn;
                torch.Tensor left = Matrix(Own(outIn ? term.Delta : term.U, nameof(terms)));
                torch.Tensor right = Matrix(Own(outIn ? term.U : term.Delta, nameof(terms)));
                folded.addmm_(left.t(), right, 1f, term.Step);
            }

            return new TorchWeight(this, w.Name, w.Stored, w.Layout, DType.F32, folded.DetachFromDisposeScope());
        });
    }

    /// <inheritdoc/>
    public Tensor MatMul(Tensor a, Tensor b, bool transposeA = false, bool transposeB = false)
    {
        TorchTensor ownA = Own(a, nameof(a));
        TorchTensor ownB = Own(b, nameof(b));
        (int batch, int m, int k, int n) = OperandChecks.MatMul(a.Shape, b.Shape, transposeA, transposeB);
        return New(nameof(MatMul), a.Shape.With(^2, m).With(^1, n), () =>
        {
            torch.Tensor stackA = ownA.Data.view(batch, transposeA ? k : m, transposeA ? m : k);
            torch.Tensor stackB = ownB.Data.view(batch, transposeB ? n : k, transposeB ? k : n);
            return (transposeA ? stackA.transpose(1, 2) : stackA).bmm(transposeB ? stackB.transpose(1, 2) : stackB);
        });
    }

    /// <summary>A tensor as [rows, last].</summary>
    private static torch.Tensor Matrix(TorchTensor x) => x.Data.view(x.Shape.Rows, x.Shape.Last);

    /// <summary>Rows of x times a weight seen as [k, n], stored [n, k] if <paramref name="transposed"/>.</summary>
    private torch.Tensor WeightProduct(TorchTensor x, TorchWeight w, bool transposed, int n)
    {
        int k = x.Shape.Last;
        long rows = x.Shape.With(^1, n).Length / Math.Max(1, n);
        torch.Tensor left = x.Data.view(rows, k);
        if (w.Type == DType.BF16 && _compute == ComputeType.BF16)
        {
            return left.to_type(torch.bfloat16).mm(Seen(w.Data)).to_type(torch.float32);
        }

        if (w.Type == DType.F32)
        {
            return left.mm(Seen(w.Data));
        }

        long most = Math.Max(64, (_device.type == DeviceType.CPU ? ConvertedOnHost : ConvertedOnDevice) / Math.Max(1, k) / 64 * 64);
        if (n <= most)
        {
            return left.mm(Seen(w.Data.to_type(torch.float32)));
        }

        // Column block by column block of the result: each element is still one sum over all of k.
        torch.Tensor y = torch.empty([rows, n], torch.float32, _device);
        for (long start = 0; start < n; start += most)
        {
            using DisposeScope block = torch.NewDisposeScope();
            long count = Math.Min(most, n - start);
            torch.Tensor part = w.Data.narrow(transposed ? 0 : 1, start, count).to_type(torch.float32);
            y.narrow(1, start, count).copy_(left.mm(Seen(part)));
        }

        return y;

        torch.Tensor Seen(torch.Tensor stored) => transposed ? stored.t() : stored;
    }
}
