using System.Runtime.InteropServices;
using Mend.Tensors.Torch.Native;
using TorchSharp;

namespace Mend.Tensors.Torch;

/// <summary>
/// The engine on libtorch, through TorchSharp: on the processor ("torch") or on one CUDA device ("cuda:0"). Weights lie on
/// the device in the checkpoint's own type, everything else in float32. Safe to use from several threads.
/// </summary>
/// <remarks>
/// On the processor the same calls give the same bits as long as the number of threads stays the same. Unlike the
/// managed engine's, results may depend on the number of threads, and a row of a product may differ in its last bits with
/// the number of rows around it, because libtorch's matrix libraries choose their kernels by the size of the product.
/// How a model is split into shards changes neither: the operations and their sizes are the same.
/// </remarks>
public sealed partial class TorchEngine : IEngine
{
    private readonly torch.Device _device;
    private readonly ComputeType _compute;
    private long _liveTensors;
    private volatile bool _disposed;

    /// <summary>Creates an engine, and loads libtorch if no engine has before.</summary>
    /// <param name="options">Its settings.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    /// <exception cref="EngineException">libtorch or the device cannot be had on this machine.</exception>
    public TorchEngine(TorchEngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.CudaDevice ?? 0, nameof(options));
        Name = options.CudaDevice is { } index ? EngineName.ForCuda(index).ToString() : "torch";
        _compute = options.Compute;
        LibTorch.Load(Name, options.LibTorchFolder);
        if (options.CudaDevice is { } wanted)
        {
            CudaReport.Gather().Require(wanted);
            _device = torch.device(DeviceType.CUDA, wanted);
        }
        else
        {
            _device = torch.CPU;
        }

        // libtorch itself may start with one.
        int threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
        torch.set_num_threads(threads);
        BlasThreads.Set(threads);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Tensor handles that were made and not yet disposed, for leak tests and metrics.</summary>
    public long LiveTensors => Interlocked.Read(ref _liveTensors);

    /// <summary>libtorch's threads for one operation on the processor, the caller's included.</summary>
    public static int Threads => torch.get_num_threads();

    /// <summary>Ends the engine. Tensors that are still held keep their memory until disposed, but no operation makes new ones.</summary>
    public void Dispose() => _disposed = true;

    internal void Register() => Interlocked.Increment(ref _liveTensors);

    internal void Unregister() => Interlocked.Decrement(ref _liveTensors);

    private static long[] Extents(Shape shape)
    {
        long[] extents = new long[shape.Rank];
        for (int i = 0; i < extents.Length; i++)
        {
            extents[i] = shape[i];
        }

        return extents;
    }

    /// <summary>A contiguous tensor with storage of its own: a result must not change with the operand that it was cut from.</summary>
    private static torch.Tensor Own(torch.Tensor view) => view.is_contiguous() ? view.clone() : view.contiguous();

    /// <summary>The tensor as this engine's own.</summary>
    /// <exception cref="ArgumentException">It belongs to another engine.</exception>
    private TorchTensor Own(Tensor x, string name)
    {
        ArgumentNullException.ThrowIfNull(x, name);
        if (x is TorchTensor own && ReferenceEquals(own.Engine, this))
        {
            _ = own.Data;
            return own;
        }

        throw OperandChecks.Foreign(x, Name, name);
    }

    private TorchWeight Own(Weight w, string name)
    {
        ArgumentNullException.ThrowIfNull(w, name);
        if (w is TorchWeight own && ReferenceEquals(own.Engine, this))
        {
            _ = own.Data;
            return own;
        }

        throw OperandChecks.Foreign(w, Name, name);
    }

    /// <summary>A new handle on what a computation returns, a contiguous tensor of the shape's length; all else that it made is freed.</summary>
    private TorchTensor New(string operation, Shape shape, Func<torch.Tensor> compute) =>
        Run(operation, shape, () => new TorchTensor(this, shape, Keep(compute(), shape)));

    /// <summary>Runs native calls: what they make and do not keep is freed, and their errors become ours.</summary>
    private T Run<T>(string operation, Shape shape, Func<T> compute)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Guard(operation, shape, compute);
    }

    /// <summary>Like <see cref="Run"/>, after the engine's end too: what is left can still be read.</summary>
    private T Guard<T>(string operation, Shape shape, Func<T> compute)
    {
        try
        {
            using DisposeScope scope = torch.NewDisposeScope();
            return compute();
        }
        catch (Exception e) when (e is ExternalException or OutOfMemoryException)
        {
            throw LibTorchErrors.Translate(Name, operation, shape, e);
        }
        finally
        {
            // The operands' handles must outlive the native calls, which see bare pointers.
            GC.KeepAlive(compute);
        }
    }

    private static torch.Tensor Keep(torch.Tensor result, Shape shape)
    {
        torch.Tensor shaped = result.shape.AsSpan().SequenceEqual(Extents(shape)) ? result : result.view(Extents(shape));
        return shaped.DetachFromDisposeScope();
    }
}
