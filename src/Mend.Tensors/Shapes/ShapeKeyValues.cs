namespace Mend.Tensors;

/// <summary>Keys and values without elements.</summary>
internal sealed class ShapeKeyValues(ShapeEngine engine, int heads, int keySize, int valueSize) : KeyValues(heads, keySize, valueSize)
{
    private ShapeStorage? _storage;

    public ShapeEngine Engine { get; } = engine;

    /// <inheritdoc/>
    protected override void Grow(int capacity)
    {
        ShapeStorage? old = _storage;
        _storage = new ShapeStorage(Engine.Memory, BytesFor(capacity));
        old?.Release();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => Interlocked.Exchange(ref _storage, null)?.Release();
}
