using TorchSharp;

namespace Mend.Tensors.Torch;

/// <summary>Keys and values on the device, [heads, capacity, size] each.</summary>
internal sealed class TorchKeyValues : KeyValues
{
    private readonly torch.Device _device;
    private torch.Tensor? _keys;
    private torch.Tensor? _values;
    private int _disposed;

    public TorchKeyValues(TorchEngine engine, torch.Device device, int heads, int keySize, int valueSize)
        : base(heads, keySize, valueSize)
    {
        (Engine, _device) = (engine, device);
        engine.Register();
    }

    ~TorchKeyValues() => Dispose(false);

    /// <summary>The engine it lives on.</summary>
    public TorchEngine Engine { get; }

    /// <summary>Keys.</summary>
    public torch.Tensor Keys => _keys!;

    /// <summary>Values.</summary>
    public torch.Tensor Values => _values!;

    /// <inheritdoc/>
    protected override void Grow(int capacity)
    {
        _keys = Grown(_keys, KeySize, capacity);
        _values = Grown(_values, ValueSize, capacity);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        // A forgotten one leaves them to the native tensors' own finalizers: a computation may still hold those.
        Engine.Unregister();
        if (disposing)
        {
            Interlocked.Exchange(ref _keys, null)?.Dispose();
            Interlocked.Exchange(ref _values, null)?.Dispose();
        }
    }

    private torch.Tensor Grown(torch.Tensor? old, int size, int capacity)
    {
        torch.Tensor grown = torch.empty([Heads, capacity, size], torch.float32, _device);
        if (old is not null)
        {
            grown.narrow(1, 0, Length).copy_(old.narrow(1, 0, Length));
            old.Dispose();
        }

        return grown.DetachFromDisposeScope();
    }
}
