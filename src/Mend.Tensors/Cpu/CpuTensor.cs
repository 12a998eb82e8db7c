using Mend.Tensors.Cpu.Memory;

namespace Mend.Tensors.Cpu;

/// <summary>A handle on float32 elements in native memory. See <see cref="Tensor"/> for sharing and lifetime.</summary>
internal sealed unsafe class CpuTensor : Tensor
{
    private NativeBlock? _block;

    /// <summary>Takes over one reference on the block.</summary>
    public CpuTensor(CpuEngine engine, Shape shape, NativeBlock block)
        : base(shape)
    {
        Engine = engine;
        _block = block;
        engine.Register();
    }

    ~CpuTensor() => Dispose(false);

    /// <summary>The engine it lives on.</summary>
    public CpuEngine Engine { get; }

    /// <summary>The storage.</summary>
    /// <exception cref="ObjectDisposedException">The handle was given back.</exception>
    public NativeBlock Block => _block ?? throw OperandChecks.Disposed(Shape);

    /// <summary>First element. Valid while this handle is; keep the handle alive (GC.KeepAlive) over uses of the pointer.</summary>
    public float* Data => (float*)Block.Address;

    /// <summary>Number of elements.</summary>
    public long Length => Shape.Length;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        NativeBlock? block = Interlocked.Exchange(ref _block, null);
        if (block is not null)
        {
            Engine.Unregister();
            block.Release();
        }
    }
}
