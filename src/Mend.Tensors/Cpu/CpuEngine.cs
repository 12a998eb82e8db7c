using Mend.Tensors.Cpu.Kernels;
using Mend.Tensors.Cpu.Memory;
using Mend.Tensors.Cpu.Parallelism;

namespace Mend.Tensors.Cpu;

/// <summary>
/// The engine on the processor, without native code: float32 tensors in pooled native memory, weights read where the
/// checkpoint file is mapped. Safe to use from several threads; their calls share the engine's threads.
/// </summary>
/// <remarks>
/// Results do not depend on the number of threads. They may differ in the last bits between instruction sets.
/// </remarks>
public sealed unsafe partial class CpuEngine : IMeteredEngine
{
    /// <summary>Elements below which an element-wise operation is not worth a second thread.</summary>
    private const long ElementGrain = 16 * 1024;

    private readonly CpuKernels _kernels;
    private readonly WorkerPool _workers;
    private readonly BlockPool _pool;
    private long _liveTensors;

    /// <summary>Creates an engine on all processors with their widest instructions.</summary>
    public CpuEngine()
        : this(new CpuEngineOptions())
    {
    }

    /// <summary>Creates an engine.</summary>
    /// <param name="options">Its settings.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    /// <exception cref="PlatformNotSupportedException">This processor lacks the instructions asked for.</exception>
    public CpuEngine(CpuEngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.PoolBytes, nameof(options));
        _kernels = CpuKernels.For(options.Instructions);
        _pool = new BlockPool(options.PoolBytes);
        _workers = new WorkerPool(options.Threads == 0 ? Environment.ProcessorCount : options.Threads);
    }

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <summary>Threads that compute, the caller's included.</summary>
    public int Threads => _workers.Threads;

    /// <summary>Tensor handles that were made and not yet disposed, for leak tests and metrics.</summary>
    public long LiveTensors => Interlocked.Read(ref _liveTensors);

    /// <inheritdoc/>
    public MemoryMeter Memory { get; } = new();

    /// <summary>Bytes of memory behind live handles, folded weights and scratch, rounded up to the pool's block sizes.</summary>
    public long LiveBytes => _pool.LiveBytes;

    /// <summary>Bytes of freed tensors kept for reuse.</summary>
    public long PooledBytes => _pool.IdleBytes;

    /// <summary>Gives the memory kept for reuse back to the operating system.</summary>
    public void Trim() => _pool.Trim();

    /// <summary>
    /// Ends the engine's threads and frees pooled memory. Tensors that are still held keep theirs until disposed, but
    /// no operation makes new ones.
    /// </summary>
    public void Dispose()
    {
        _workers.Dispose();
        _pool.Dispose();
    }

    internal void Register() => Interlocked.Increment(ref _liveTensors);

    internal void Unregister() => Interlocked.Decrement(ref _liveTensors);

    /// <summary>A new tensor with undefined contents.</summary>
    private CpuTensor New(Shape shape) => new(this, shape, _pool.Rent(checked(shape.Length * sizeof(float)), Memory));

    /// <summary>The tensor as this engine's own.</summary>
    /// <exception cref="ArgumentException">It belongs to another engine.</exception>
    private CpuTensor Own(Tensor x, string name)
    {
        ArgumentNullException.ThrowIfNull(x, name);
        if (x is CpuTensor own && ReferenceEquals(own.Engine, this))
        {
            _ = own.Block;
            return own;
        }

        throw OperandChecks.Foreign(x, Name, name);
    }

    private CpuWeight Own(Weight w, string name)
    {
        ArgumentNullException.ThrowIfNull(w, name);
        if (w is CpuWeight own && ReferenceEquals(own.Engine, this))
        {
            _ = own.Data;
            return own;
        }

        throw OperandChecks.Foreign(w, Name, name);
    }

    /// <summary>Rows worth a piece of work of their own.</summary>
    private static long RowGrain(long rowLength, long costPerElement = 1) => Math.Max(1, ElementGrain / Math.Max(1, rowLength * costPerElement));
}
