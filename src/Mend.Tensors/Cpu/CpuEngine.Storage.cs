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
        ArgumentNullException.ThrowIfNull(shape);
        if (data.Length != shape.Length)
        {
            throw new ShapeException($"FromHost: {data.Length} elements were given for shape {shape}; it holds {shape.Length}.");
        }

        CpuTensor y = New(shape);
        data.CopyTo(new Span<float>(y.Data, data.Length));
        return y;
    }

    /// <inheritdoc/>
    public void ToHost(Tensor x, Span<float> destination)
    {
        CpuTensor own = Own(x, nameof(x));
        if (destination.Length < own.Length)
        {
            throw new ShapeException($"ToHost: the destination holds {destination.Length} elements; the tensor {x.Shape} has {own.Length}.");
        }

        new ReadOnlySpan<float>(own.Data, (int)own.Length).CopyTo(destination);
        GC.KeepAlive(own);
    }

    /// <inheritdoc/>
    public Weight LoadWeight(StoredTensor source, WeightLayout layout)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!source.Type.IsWeightType())
        {
            throw new CheckpointException($"Tensor '{source.Name}' in '{source.File}' has element type {source.Type}; weights are F32, BF16 or F16. Convert the checkpoint.");
        }

        return new CpuWeight(this, source, layout);
    }

    /// <inheritdoc/>
    public Tensor LoadTensor(StoredTensor source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Type.IsWeightType())
        {
            CpuTensor y = New(source.Shape);
            _kernels.Convert(source.Type, (void*)source.Address, y.Data, y.Length);
            GC.KeepAlive(source);
            return y;
        }

        return LoadOther(source);
    }

    /// <inheritdoc/>
    public void ToHost(Weight w, int firstRow, Span<float> destination)
    {
        CpuWeight own = Own(w, nameof(w));
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        int columns = w.Stored[1];
        if (columns == 0 || destination.Length % columns != 0)
        {
            throw new ShapeException($"ToHost: the destination holds {destination.Length} elements; weight '{w.Name}' {w.Stored} is read in whole rows of {columns}.");
        }

        int rows = destination.Length / columns;
        if (firstRow + (long)rows > w.Stored[0])
        {
            throw new ShapeException($"ToHost: rows {firstRow}..{firstRow + (long)rows} were asked for; weight '{w.Name}' has rows 0..{w.Stored[0]}.");
        }

        fixed (float* y = destination)
        {
            _kernels.Convert(w.Type, own.Data + ((long)firstRow * columns * w.Type.Size()), y, destination.Length);
        }

        GC.KeepAlive(own);
    }

    /// <inheritdoc/>
    public Tensor Share(Tensor x) => Alias(Own(x, nameof(x)), x.Shape);

    /// <inheritdoc/>
    public Tensor Reshape(Tensor x, Shape shape)
    {
        CpuTensor own = Own(x, nameof(x));
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Length != x.Shape.Length)
        {
            throw new ShapeException($"Reshape: {x.Shape} has {x.Shape.Length} elements and {shape} has {shape.Length}; they must be equal.");
        }

        return Alias(own, shape);
    }

    private CpuTensor Alias(CpuTensor x, Shape shape)
    {
        Memory.NativeBlock block = x.Block;
        block.Retain();
        return new CpuTensor(this, shape, block);
    }

    /// <summary>Parameters of types that are no weights' (converted ones, masks, counters): slow, and small.</summary>
    private CpuTensor LoadOther(StoredTensor source)
    {
        CpuTensor y = New(source.Shape);
        float* p = y.Data;
        void* x = (void*)source.Address;
        for (long i = 0; i < y.Length; i++)
        {
            p[i] = source.Type switch
            {
                DType.F64 => (float)((double*)x)[i],
                DType.I64 => ((long*)x)[i],
                DType.I32 => ((int*)x)[i],
                DType.I16 => ((short*)x)[i],
                DType.I8 => ((sbyte*)x)[i],
                DType.U8 or DType.Bool => ((byte*)x)[i],
                _ => throw new CheckpointException($"Tensor '{source.Name}' in '{source.File}' has element type {source.Type}, which cannot be converted to F32."),
            };
        }

        GC.KeepAlive(source);
        return y;
    }

    private void Clear(CpuTensor y)
    {
        _workers.RunRanges(y.Length, ElementGrain * 4, (start, end) =>
            System.Runtime.InteropServices.NativeMemory.Clear(y.Data + start, checked((nuint)((end - start) * sizeof(float)))));
        GC.KeepAlive(y);
    }
}
