namespace Mend.Tensors;

/// <summary>
/// A tensor inside a memory-mapped checkpoint file: where it lies and how it is encoded (little-endian, row-major).
/// Valid for as long as <see cref="Owner"/> is not disposed. Reading from several threads is safe.
/// </summary>
public sealed unsafe class StoredTensor
{
    /// <summary>Describes a mapped tensor.</summary>
    /// <param name="name">The tensor's name in the checkpoint.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The shape as stored; a scalar is [1].</param>
    /// <param name="file">The file it lies in, for messages.</param>
    /// <param name="address">Address of the first byte.</param>
    /// <param name="owner">What keeps the mapping alive.</param>
    public StoredTensor(string name, DType type, Shape shape, string file, nint address, IDisposable owner)
    {
        Name = name;
        Type = type;
        Shape = shape;
        File = file;
        Address = address;
        Owner = owner;
    }

    /// <summary>Describes a tensor that lies nowhere.</summary>
    internal StoredTensor(string name, DType type, Shape shape, string source)
        : this(name, type, shape, source, 0, Nothing.Instance)
    {
    }

    /// <summary>A small tensor in memory of its own: one that a file holds in another form than models are made for.</summary>
    /// <param name="name">The tensor's name in the checkpoint.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="values">As many elements; copied.</param>
    /// <param name="file">Where it is from, for messages.</param>
    /// <exception cref="ShapeException">The number of values is not the shape's.</exception>
    public static StoredTensor FromFloats(string name, Shape shape, ReadOnlySpan<float> values, string file)
    {
        OperandChecks.FromHost(values.Length, shape);
        OwnMemory memory = new(values.Length * sizeof(float));
        values.CopyTo(new Span<float>((void*)memory.Address, values.Length));
        return new StoredTensor(name, DType.F32, shape, file, memory.Address, memory);
    }

    /// <summary>The tensor's name in the checkpoint.</summary>
    public string Name { get; }

    /// <summary>The element type.</summary>
    public DType Type { get; }

    /// <summary>The shape as stored.</summary>
    public Shape Shape { get; }

    /// <summary>The file it lies in.</summary>
    public string File { get; }

    /// <summary>Address of the first byte of the mapping.</summary>
    public nint Address { get; }

    /// <summary>What keeps the mapping alive.</summary>
    public IDisposable Owner { get; }

    /// <summary>The place that it has in a stack of matrices; null for a tensor of its own.</summary>
    public StackPlace? Place { get; private init; }

    /// <summary>Length in bytes; may exceed what one span can hold.</summary>
    public long ByteLength => Type.BytesOf(Shape.Length);

    /// <summary>The same tensor under another name.</summary>
    /// <param name="name">The name.</param>
    public StoredTensor Renamed(string name) => name == Name ? this : new StoredTensor(name, Type, Shape, File, Address, Owner) { Place = Place };

    /// <summary>The tensor, whose shape must be the one expected.</summary>
    /// <param name="expected">The shape it must have.</param>
    /// <exception cref="CheckpointException">It has another.</exception>
    public StoredTensor RequireShape(Shape expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        return Shape.Equals(expected)
            ? this
            : throw new CheckpointException($"Tensor '{Name}' in '{File}' has shape {Shape}; {expected} is wanted. Check that config.json belongs to these weights.");
    }

    /// <summary>The tensor in a type that kernels read: itself, or a float32 copy of float64.</summary>
    public StoredTensor Loaded()
    {
        const int Chunk = 1 << 20;
        if (Type.Loaded() == Type)
        {
            return this;
        }

        if (Owner is Nothing)
        {
            return new StoredTensor(Name, Type.Loaded(), Shape, File);
        }

        OwnMemory memory = new(Shape.Length * sizeof(float));
        for (long first = 0; first < Shape.Length; first += Chunk)
        {
            int count = (int)Math.Min(Chunk, Shape.Length - first);
            this.ToFloats(first, new Span<float>((float*)memory.Address + first, count));
        }

        return new StoredTensor(Name, DType.F32, Shape, File, memory.Address, memory);
    }

    /// <summary>Whether another tensor has the same type, shape and bytes.</summary>
    /// <param name="other">The other tensor.</param>
    public bool HasSameBytes(StoredTensor other)
    {
        const int Chunk = 1 << 24;
        ArgumentNullException.ThrowIfNull(other);
        bool same = Type == other.Type && Shape.Equals(other.Shape);
        for (long at = 0; same && Address != other.Address && at < ByteLength; at += Chunk)
        {
            int length = (int)Math.Min(Chunk, ByteLength - at);
            same = Bytes(at, length).SequenceEqual(other.Bytes(at, length));
            Forget(at, length);
            other.Forget(at, length);
        }

        return same;
    }

    /// <summary>Rows of one matrix of a stack [matrices, rows, columns], as a tensor of its own; it shares the stack's bytes.</summary>
    /// <param name="name">The part's name.</param>
    /// <param name="matrix">Which matrix.</param>
    /// <param name="firstRow">Its first row that belongs to the part.</param>
    /// <param name="rows">Number of rows.</param>
    /// <exception cref="ShapeException">This is no stack of matrices.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The part leaves the stack.</exception>
    public StoredTensor Part(string name, int matrix, int firstRow, int rows)
    {
        if (Shape.Rank != 3)
        {
            throw new ShapeException($"Tensor '{Name}' in '{File}' has shape {Shape}; a stack of matrices [matrices, rows, columns] is wanted.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(matrix);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(matrix, Shape[0]);
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, Shape[1] - firstRow);
        long offset = ByteLength / ((long)Shape[0] * Shape[1]) * (((long)matrix * Shape[1]) + firstRow);
        return new StoredTensor(name, Type, [rows, Shape[2]], File, Owner is Nothing ? 0 : Address + (nint)offset, Owner) { Place = new StackPlace(this, matrix, firstRow) };
    }

    /// <summary>
    /// Tells the operating system that a part has been read for now: what was copied to a device, or only sampled, need not stay
    /// in this process's memory. A hint: the bytes can still be read.
    /// </summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Number of bytes; only whole pages among them leave.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the tensor.</exception>
    public void Forget(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, ByteLength - offset);
        if (Owner is MappedFile)
        {
            MappedFile.Forget(Address + (nint)offset, length);
        }
    }

    /// <summary>A part of the stored bytes.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Number of bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the tensor.</exception>
    /// <exception cref="InvalidOperationException">The tensor is only described and has no bytes.</exception>
    public ReadOnlySpan<byte> Bytes(long offset, int length)
    {
        ThrowIfOnlyDescribed();
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, ByteLength, nameof(length));
        return new ReadOnlySpan<byte>((byte*)Address + offset, length);
    }

    /// <exception cref="InvalidOperationException">The tensor is only described and has no bytes.</exception>
    internal void ThrowIfOnlyDescribed()
    {
        if (Owner is Nothing)
        {
            throw new InvalidOperationException($"Tensor '{Name}' of '{File}' is only described and has no bytes; open the checkpoint's files to compute with it.");
        }
    }

    /// <summary>Memory that lives as long as somebody holds this object.</summary>
    private sealed class OwnMemory(long bytes) : IDisposable
    {
        public nint Address { get; } = (nint)System.Runtime.InteropServices.NativeMemory.Alloc((nuint)Math.Max(1, bytes));

        ~OwnMemory() => System.Runtime.InteropServices.NativeMemory.Free((void*)Address);

        public void Dispose()
        {
            // Tensors that share it may still be read: the finalizer frees it.
        }
    }

    private sealed class Nothing : IDisposable
    {
        public static readonly Nothing Instance = new();

        public void Dispose()
        {
        }
    }
}

/// <summary>Where a tensor lies in a stack of matrices [matrices, rows, columns].</summary>
/// <param name="Stack">The stack.</param>
/// <param name="Matrix">Which matrix.</param>
/// <param name="FirstRow">Its first row that belongs to the tensor.</param>
public sealed record StackPlace(StoredTensor Stack, int Matrix, int FirstRow);
