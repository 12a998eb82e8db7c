using System.Buffers;
using System.Runtime.InteropServices;

namespace Mend.Tensors;

/// <summary>
/// A tensor to be written to a safetensors file: what it is, and a callback that writes its bytes (little-endian,
/// row-major), so that a tensor larger than memory can be streamed. Immutable.
/// </summary>
public sealed class TensorData
{
    private const int ChunkElements = 64 * 1024;

    /// <summary>Describes a tensor.</summary>
    /// <param name="name">Its name, unique in the file.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="write">Writes exactly <see cref="ByteLength"/> bytes; called once for each file written.</param>
    public TensorData(string name, DType type, Shape shape, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(write);
        Name = name;
        Type = type;
        Shape = shape;
        ByteLength = type.BytesOf(shape.Length);
        Write = write;
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The element type.</summary>
    public DType Type { get; }

    /// <summary>The shape.</summary>
    public Shape Shape { get; }

    /// <summary>Length in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>Writes the bytes.</summary>
    public Action<Stream> Write { get; }

    /// <summary>Floats, stored as they are or rounded to bfloat16 or binary16.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="values">Row-major; read when the file is written.</param>
    /// <param name="type">F32 (default), BF16 or F16; rounds to nearest, ties to even, and keeps NaN.</param>
    /// <exception cref="ShapeException">The number of values is not the shape's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Another element type.</exception>
    public static TensorData FromFloats(string name, Shape shape, ReadOnlyMemory<float> values, DType type = DType.F32)
    {
        RequireLength(name, shape, values.Length);
        return type switch
        {
            DType.F32 => new TensorData(name, type, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.Span))),
            DType.BF16 or DType.F16 => new TensorData(name, type, shape, stream => WriteRounded(stream, values, type)),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Floats are stored as F32, BF16 or F16."),
        };
    }

    /// <summary>64-bit integers.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="values">Row-major; read when the file is written.</param>
    /// <exception cref="ShapeException">The number of values is not the shape's.</exception>
    public static TensorData FromIntegers(string name, Shape shape, ReadOnlyMemory<long> values)
    {
        RequireLength(name, shape, values.Length);
        return new TensorData(name, DType.I64, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.Span)));
    }

    /// <summary>A copy of a stored tensor, in its own element type.</summary>
    /// <param name="source">The tensor; must stay mapped until the file is written.</param>
    /// <param name="name">Its name in the new file; null keeps its own.</param>
    public static TensorData FromStored(StoredTensor source, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new TensorData(name ?? source.Name, source.Type, source.Shape, stream =>
        {
            const int Chunk = 1 << 24;
            for (long at = 0; at < source.ByteLength; at += Chunk)
            {
                stream.Write(source.Bytes(at, (int)Math.Min(Chunk, source.ByteLength - at)));
            }
        });
    }

    private static void RequireLength(string name, Shape shape, int length)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Length != length)
        {
            throw new ShapeException($"Tensor '{name}' was given {length} values; its shape {shape} holds {shape.Length}.");
        }
    }

    private static void WriteRounded(Stream stream, ReadOnlyMemory<float> values, DType type)
    {
        ushort[] chunk = ArrayPool<ushort>.Shared.Rent(ChunkElements);
        try
        {
            for (int at = 0; at < values.Length; at += ChunkElements)
            {
                ReadOnlySpan<float> part = values.Span.Slice(at, Math.Min(ChunkElements, values.Length - at));
                Span<ushort> rounded = chunk.AsSpan(0, part.Length);
                HalfFloats.Round(part, rounded, type);
                stream.Write(MemoryMarshal.AsBytes(rounded));
            }
        }
        finally
        {
            ArrayPool<ushort>.Shared.Return(chunk);
        }
    }
}
