using Mend.Tensors.Cpu.Memory;

namespace Mend.Tensors.Cpu;

/// <summary>A frozen matrix that kernels read where it lies: in a mapped file, or in a block of its own (folded weights).</summary>
internal sealed unsafe class CpuWeight : Weight
{
    private readonly StoredTensor? _source;
    private readonly nint _address;
    private NativeBlock? _block;
    private MappedFile? _mapping;
    private int _disposed;

    /// <summary>A weight inside a mapped file.</summary>
    public CpuWeight(CpuEngine engine, StoredTensor source, WeightLayout layout)
        : base(source.Name, source.Shape, layout, source.Type)
    {
        Engine = engine;
        _source = source;
        _mapping = source.Owner as MappedFile;
        _mapping?.Retain();
        _address = source.Address;
    }

    /// <summary>A float32 weight in memory; takes over one reference on the block.</summary>
    public CpuWeight(CpuEngine engine, string name, Shape stored, WeightLayout layout, NativeBlock block)
        : base(name, stored, layout, DType.F32)
    {
        Engine = engine;
        _block = block;
        _address = block.Address;
    }

    ~CpuWeight() => Dispose(false);

    /// <summary>The engine it was loaded on.</summary>
    public CpuEngine Engine { get; }

    /// <summary>First byte. Valid while the weight is: a mapped one holds a share of its file's mapping.</summary>
    /// <exception cref="ObjectDisposedException">The weight was given back.</exception>
    public byte* Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            GC.KeepAlive(_source);
            return (byte*)_address;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Interlocked.Exchange(ref _disposed, 1);
        Interlocked.Exchange(ref _block, null)?.Release();
        Interlocked.Exchange(ref _mapping, null)?.Release();
        base.Dispose(disposing);
    }
}
