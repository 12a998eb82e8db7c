using System.Buffers.Binary;
using Mend.Tensors;

namespace Mend.Testing;

/// <summary>Weights as a checkpoint would hold them, without a file.</summary>
public sealed unsafe class StoredWeights : IDisposable
{
    private readonly List<nint> _memory = [];

    /// <summary>Stores floats, rounded to the element type.</summary>
    public StoredTensor Store(string name, Shape shape, float[] values, DType type)
    {
        using MemoryStream stream = new();
        TensorData.FromFloats(name, shape, values, type).Write(stream);
        return Store(name, shape, stream.ToArray(), type);
    }

    /// <summary>Stores bytes.</summary>
    public StoredTensor Store(string name, Shape shape, byte[] bytes, DType type)
    {
        byte* memory = (byte*)System.Runtime.InteropServices.NativeMemory.Alloc((nuint)bytes.Length + 1);
        _memory.Add((nint)memory);
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
        return new StoredTensor(name, type, shape, "test.safetensors", (nint)memory, this);
    }

    /// <summary>Stores random blocks of a quantised type: every bit of the integers, scales by which elements are at most 2.</summary>
    public StoredTensor StoreBlocks(string name, Shape shape, DType type, int seed)
    {
        Random random = new(seed);
        byte[] bytes = new byte[type.BytesOf(shape.Length)];
        random.NextBytes(bytes);
        for (int block = 0; block < bytes.Length; block += type.BlockBytes())
        {
            if (type == DType.Q8_K)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(block), Scale());
            }

            foreach (int at in ScalesOf(type))
            {
                BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(block + at), (Half)Scale());
            }
        }

        return Store(name, shape, bytes, type);

        float Scale() => (random.NextSingle() - 0.5f) * 4 / LargestOf(type);
    }

    public void Dispose() => _memory.ForEach(memory => System.Runtime.InteropServices.NativeMemory.Free((void*)memory));

    /// <summary>The largest integer that a block's scale is multiplied by.</summary>
    private static int LargestOf(DType type) => type switch
    {
        DType.Q4_0 or DType.Q4_1 or DType.Q5_0 => 16,
        DType.Q5_1 => 31,
        DType.Q2_K => 15 * 3,
        DType.Q4_K => 63 * 15,
        DType.Q5_K => 63 * 31,
        DType.Q6_K => 128 * 32,
        _ => 128,
    };

    /// <summary>Where a block has its half-precision scales.</summary>
    private static int[] ScalesOf(DType type) => type switch
    {
        DType.Q4_0 or DType.Q5_0 or DType.Q8_0 => [0],
        DType.Q4_1 or DType.Q5_1 or DType.Q4_K or DType.Q5_K => [0, 2],
        DType.Q2_K => [80, 82],
        DType.Q3_K => [108],
        DType.Q6_K => [208],
        _ => [],
    };
}
