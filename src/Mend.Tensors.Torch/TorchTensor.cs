using TorchSharp;

namespace Mend.Tensors.Torch;

/// <summary>A handle on a contiguous float32 tensor of libtorch. See <see cref="Tensor"/> for sharing and lifetime.</summary>
internal sealed class TorchTensor : Tensor
{
    private torch.Tensor? _data;

    /// <summary>Takes the native tensor over, which belongs to no dispose scope any more.</summary>
    public TorchTensor(TorchEngine engine, Shape shape, torch.Tensor data)
        : base(shape)
    {
        Engine = engine;
        _data = data;
        engine.Register();
    }

    ~TorchTensor() => Dispose(false);

    /// <summary>The engine it lives on.</summary>
    public TorchEngine Engine { get; }

    /// <summary>The native tensor.</summary>
    /// <exception cref="ObjectDisposedException">The handle was given back.</exception>
    public torch.Tensor Data => _data ?? throw OperandChecks.Disposed(Shape);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _data, null) is { } data)
        {
            Engine.Unregister();

            // A forgotten handle leaves it to the native tensor's own finalizer: a computation may still hold that.
            if (disposing)
            {
                data.Dispose();
            }
        }
    }
}
