namespace Mend.Tensors;

/// <summary>A tensor without elements, which counts as if it had them.</summary>
internal sealed class ShapeTensor : Tensor
{
    private ShapeStorage? _storage;

    /// <summary>Takes over one share of the storage.</summary>
    public ShapeTensor(ShapeEngine engine, Shape shape, ShapeStorage storage, bool[]? speaks)
        : base(shape)
    {
        Engine = engine;
        _storage = storage;
        Speaks = speaks;
    }

    /// <summary>Per row, false where it is known to be all zero; null when no row is.</summary>
    public bool[]? Speaks { get; set; }

    public ShapeEngine Engine { get; }

    /// <summary>The storage.</summary>
    /// <exception cref="ObjectDisposedException">The handle was given back.</exception>
    public ShapeStorage Storage => _storage ?? throw OperandChecks.Disposed(Shape);

    protected override void Dispose(bool disposing) => Interlocked.Exchange(ref _storage, null)?.Release();
}

/// <summary>A matrix without elements.</summary>
internal sealed class ShapeWeight(ShapeEngine engine, string name, Shape stored, WeightLayout layout, DType type, ShapeStorage? storage)
    : Weight(name, stored, layout, type)
{
    private ShapeStorage? _storage = storage;

    public ShapeEngine Engine { get; } = engine;

    protected override void Dispose(bool disposing)
    {
        Interlocked.Exchange(ref _storage, null)?.Release();
        base.Dispose(disposing);
    }
}

/// <summary>Bytes that several handles share; given back with the last of them.</summary>
internal sealed class ShapeStorage
{
    private readonly MemoryMeter _meter;
    private readonly long _bytes;
    private int _handles = 1;

    public ShapeStorage(MemoryMeter meter, long bytes)
    {
        (_meter, _bytes) = (meter, bytes);
        meter.Take(bytes);
    }

    public ShapeStorage Share()
    {
        Interlocked.Increment(ref _handles);
        return this;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _handles) == 0)
        {
            _meter.GiveBack(_bytes);
        }
    }
}
