using TorchSharp;

namespace Mend.Tensors.Torch;

/// <summary>Layout: see <see cref="IEngine"/>.</summary>
public sealed partial class TorchEngine
{
    /// <inheritdoc/>
    public Tensor Permute(Tensor x, ReadOnlySpan<int> axes)
    {
        TorchTensor own = Own(x, nameof(x));
        int[] order = OperandChecks.Permute(x.Shape, axes);
        Shape shape = new([.. order.Select(axis => x.Shape[axis])]);
        return New(nameof(Permute), shape, () => Own(own.Data.permute(Array.ConvertAll(order, axis => (long)axis))));
    }

    /// <inheritdoc/>
    public Tensor Narrow(Tensor x, int axis, int start, int length)
    {
        TorchTensor own = Own(x, nameof(x));
        axis = OperandChecks.Narrow(x.Shape, axis, start, length);
        return New(nameof(Narrow), x.Shape.With(axis, length), () => Own(own.Data.narrow(axis, start, length)));
    }

    /// <inheritdoc/>
    public Tensor Pad(Tensor x, int axis, int start, int extent)
    {
        TorchTensor own = Own(x, nameof(x));
        axis = OperandChecks.Pad(x.Shape, axis, start, extent);
        Shape shape = x.Shape.With(axis, extent);
        return New(nameof(Pad), shape, () =>
        {
            torch.Tensor y = torch.zeros(Extents(shape), torch.float32, _device);
            y.narrow(axis, start, x.Shape[axis]).copy_(own.Data);
            return y;
        });
    }

    /// <inheritdoc/>
    public Tensor Concat(ReadOnlySpan<Tensor> parts, int axis)
    {
        TorchTensor[] own = new TorchTensor[parts.Length];
        for (int i = 0; i < own.Length; i++)
        {
            own[i] = Own(parts[i], nameof(parts));
        }

        (axis, Shape joined) = OperandChecks.Concat(parts, axis);
        return New(nameof(Concat), joined, () => torch.cat([.. own.Select(part => part.Data)], axis));
    }

    /// <inheritdoc/>
    public Tensor Rotary(Tensor x, Tensor cos, Tensor sin, bool interleaved, bool inverse = false)
    {
        TorchTensor own = Own(x, nameof(x));
        TorchTensor ownCos = Own(cos, nameof(cos));
        TorchTensor ownSin = Own(sin, nameof(sin));
        OperandChecks.Rotary(x, cos, sin);
        long r = cos.Shape.Last;
        return New(nameof(Rotary), x.Shape, () =>
        {
            torch.Tensor c = ownCos.Data.view(1, cos.Shape[0], 1, r);
            torch.Tensor s = (inverse ? ownSin.Data.neg() : ownSin.Data).view(1, cos.Shape[0], 1, r);
            torch.Tensor turned = own.Data.narrow(3, 0, 2 * r);
            torch.Tensor pairs = interleaved ? turned.reshape(x.Shape[0], x.Shape[1], x.Shape[2], r, 2) : turned;
            torch.Tensor a = interleaved ? pairs.select(4, 0) : pairs.narrow(3, 0, r);
            torch.Tensor b = interleaved ? pairs.select(4, 1) : pairs.narrow(3, r, r);
            torch.Tensor first = a.mul(c).sub_(b.mul(s));
            torch.Tensor second = b.mul(c).add_(a.mul(s));
            torch.Tensor rest = own.Data.narrow(3, 2 * r, x.Shape[3] - (2 * r));
            return interleaved
                ? torch.cat([torch.stack([first, second], 4).view(x.Shape[0], x.Shape[1], x.Shape[2], 2 * r), rest], 3)
                : torch.cat([first, second, rest], 3);
        });
    }
}
