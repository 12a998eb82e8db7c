using TorchSharp;

namespace Mend.Tensors.Torch;

/// <summary>A frozen matrix on the device, in its own element type.</summary>
internal sealed class TorchWeight : Weight
{
    private torch.Tensor? _data;

    /// <summary>Takes the native tensor over, which belongs to no dispose scope any more.</summary>
    public TorchWeight(TorchEngine engine, string name, Shape stored, WeightLayout layout, DType type, torch.Tensor data)
        : base(name, stored, layout, type)
    {
        Engine = engine;
        _data = data;
    }

    /// <summary>The engine it was loaded on.</summary>
    public TorchEngine Engine { get; }

    /// <summary>The native tensor, in the stored shape.</summary>
    /// <exception cref="ObjectDisposedException">The weight was given back.</exception>
    public torch.Tensor Data
    {
        get
        {
            torch.Tensor? data = _data;
            ObjectDisposedException.ThrowIf(data is null, this);
            return data;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Interlocked.Exchange(ref _data, null)?.Dispose();
        }
    }
}
