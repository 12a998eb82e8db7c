namespace Mend.Tensors.Cpu;

/// <summary>Storage: see <see cref="IEngine"/>.</summary>
public sealed unsafe partial class CpuEngine
{
    /// <inheritdoc/>
    public Tensor Zeros(Shape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        CpuTensor y = New(shape);
        Clear(y);
        return y;
    }

    /// <inheritdoc/>
    public Tensor FromHost(ReadOnlySpan<float> data, Shape shape)
    {
        OperandChecks.FromHost(data.Length, shape);
        CpuTensor y = New(shape);
        data.CopyTo(new Span<float>(y.Data, data.Length));
        return y;
    }

    /// <inheritdoc/>
    public void ToHost(Tensor x, Span<float> destination)
    {
        CpuTensor own = Own(x, nameof(x));
        OperandChecks.ToHost(x, destination.Length);
        new ReadOnlySpan<float>(own.Data, (int)own.Length).CopyTo(destination);
        GC.KeepAlive(own);
    }

    /// <inheritdoc/>
    public Weight LoadWeight(StoredTensor source, WeightLayout layout)
    {
        OperandChecks.LoadWeight(source);
        source.ThrowIfOnlyDescribed();
        return new CpuWeight(this, source, layout);
    }

    /// <inheritdoc/>
    public Tensor LoadTensor(StoredTensor source)
    {
        ArgumentNullException.ThrowIfNull(source);
        source.ThrowIfOnlyDescribed();
        if (source.Type.IsWeightType())
        {
            CpuTensor y = New(source.Shape);
            _kernels.Convert(source.Type, (void*)source.Address, y.Data, y.Length);
            GC.KeepAlive(source);
            return y;
        }

        return FromHost(source.ToFloatsOfAnyType(), source.Shape);
    }

    /// <inheritdoc/>
    public void ToHost(Weight w, int firstRow, Span<float> destination)
    {
        CpuWeight own = Own(w, nameof(w));
        _ = OperandChecks.ToHost(w, firstRow, destination.Length);
        fixed (float* y = destination)
        {
            _kernels.Convert(w.Type, own.Data + w.Type.BytesOf((long)firstRow * w.Stored[1]), y, destination.Length);
        }

        GC.KeepAlive(own);
    }

    /// <inheritdoc/>
    public Tensor Share(Tensor x) => Alias(Own(x, nameof(x)), x.Shape);

    /// <inheritdoc/>
    public Tensor Reshape(Tensor x, Shape shape)
    {
        CpuTensor own = Own(x, nameof(x));
        OperandChecks.Reshape(x, shape);
        return Alias(own, shape);
    }

    private CpuTensor Alias(CpuTensor x, Shape shape)
    {
        Memory.NativeBlock block = x.Block;
        block.Retain();
        return new CpuTensor(this, shape, block);
    }

    private void Clear(CpuTensor y)
    {
        _workers.RunRanges(y.Length, ElementGrain * 4, (start, end) =>
            System.Runtime.InteropServices.NativeMemory.Clear(y.Data + start, checked((nuint)((end - start) * sizeof(float)))));
        GC.KeepAlive(y);
    }
}
