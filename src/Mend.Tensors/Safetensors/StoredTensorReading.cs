using System.Buffers.Binary;
using Mend.Tensors.Cpu;
using Mend.Tensors.Cpu.Kernels;

namespace Mend.Tensors;

/// <summary>Copies stored tensors into arrays, for parameters and references that are small enough for one.</summary>
public static class StoredTensorReading
{
    private static readonly CpuKernels Kernels = CpuKernels.For(InstructionSet.Auto);

    /// <summary>The elements as float32, from f64 or any type that weights have.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <exception cref="CheckpointException">It holds no floating-point numbers.</exception>
    public static float[] ToFloats(this StoredTensor tensor)
    {
        const int Chunk = 1 << 20;
        float[] values = new float[tensor.Shape.Length];
        for (int first = 0; tensor.Type == DType.F64 && first < values.Length; first += Chunk)
        {
            tensor.ToFloats(first, values.AsSpan(first, Math.Min(Chunk, values.Length - first)));
        }

        if (tensor.Type != DType.F64)
        {
            tensor.ToFloats(0, values);
        }

        return values;
    }

    /// <summary>A run of elements as float32, from any type that weights have.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="first">The first element; begins a block where the type has blocks.</param>
    /// <param name="destination">Receives the elements; whole blocks.</param>
    /// <exception cref="CheckpointException">It holds no floating-point numbers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The run leaves the tensor, or divides a block.</exception>
    public static unsafe void ToFloats(this StoredTensor tensor, long first, Span<float> destination)
    {
        if (!tensor.Type.Loaded().IsWeightType())
        {
            throw Wrong(tensor, "floating-point numbers");
        }

        tensor.ThrowIfOnlyDescribed();
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNotEqual(first % tensor.Type.BlockLength(), 0, nameof(first));
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length % tensor.Type.BlockLength(), 0, nameof(destination));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, tensor.Shape.Length - first, nameof(destination));
        if (tensor.Type == DType.F64)
        {
            ReadOnlySpan<byte> bytes = tensor.Bytes(first * sizeof(double), destination.Length * sizeof(double));
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * sizeof(double))..]);
            }

            return;
        }

        fixed (float* y = destination)
        {
            Kernels.Convert(tensor.Type, (byte*)tensor.Address + tensor.Type.BytesOf(first), y, destination.Length);
        }

        GC.KeepAlive(tensor);
    }

    /// <summary>The elements as float32 from every type: parameters that are no weights (converted ones, masks, counters), which are small.</summary>
    internal static float[] ToFloatsOfAnyType(this StoredTensor tensor) => tensor.Type switch
    {
        DType.I64 => Read<float>(tensor, b => BinaryPrimitives.ReadInt64LittleEndian(b)),
        DType.I32 => Read<float>(tensor, b => BinaryPrimitives.ReadInt32LittleEndian(b)),
        DType.I16 => Read<float>(tensor, b => BinaryPrimitives.ReadInt16LittleEndian(b)),
        DType.I8 => Read<float>(tensor, b => (sbyte)b[0]),
        DType.U8 or DType.Bool => Read<float>(tensor, b => b[0]),
        _ => tensor.ToFloats(),
    };

    /// <summary>The elements as float64, from f32 or f64.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <exception cref="CheckpointException">It holds no floating-point numbers.</exception>
    public static double[] ToDoubles(this StoredTensor tensor) =>
        tensor.Type == DType.F64 ? Read<double>(tensor, BinaryPrimitives.ReadDoubleLittleEndian) : Array.ConvertAll(tensor.ToFloats(), f => (double)f);

    /// <summary>The elements as 64-bit integers, from i64 or i32.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <exception cref="CheckpointException">It holds no such integers.</exception>
    public static long[] ToLongs(this StoredTensor tensor) => Read<long>(tensor, tensor.Type switch
    {
        DType.I64 => BinaryPrimitives.ReadInt64LittleEndian,
        DType.I32 => b => BinaryPrimitives.ReadInt32LittleEndian(b),
        _ => throw Wrong(tensor, "integers"),
    });

    /// <summary>A tensor to be written as f64.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">One axis.</param>
    public static TensorData Doubles(string name, double[] values) => new(name, DType.F64, [values.Length], stream =>
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        foreach (double value in values)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
            stream.Write(bytes);
        }
    });

    private delegate T Decode<out T>(ReadOnlySpan<byte> bytes);

    private static T[] Read<T>(StoredTensor tensor, Decode<T> decode)
    {
        T[] values = new T[tensor.Shape.Length];
        int size = tensor.Type.Size();
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = decode(tensor.Bytes((long)i * size, size));
        }

        return values;
    }

    private static CheckpointException Wrong(StoredTensor tensor, string wanted) =>
        new($"Tensor '{tensor.Name}' in '{tensor.File}' has type {tensor.Type}; {wanted} are wanted.");
}
