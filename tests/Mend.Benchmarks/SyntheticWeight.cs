using System.Runtime.InteropServices;
using Mend.Tensors;

namespace Mend.Benchmarks;

/// <summary>A random matrix in memory that looks like one of a checkpoint.</summary>
internal sealed unsafe class SyntheticWeight : IDisposable
{
    private readonly void* _memory;

    /// <summary>Creates the matrix with standard deviation 0.02.</summary>
    public SyntheticWeight(Shape shape, DType type)
    {
        long bytes = shape.Length * type.Size();
        _memory = NativeMemory.AlignedAlloc((nuint)bytes, 64);
        float[] row = new float[shape[1]];
        for (int r = 0; r < shape[0]; r++)
        {
            Fill(row, r);
            Span<byte> stored = new((byte*)_memory + ((long)r * shape[1] * type.Size()), shape[1] * type.Size());
            if (type == DType.F32)
            {
                MemoryMarshal.AsBytes<float>(row).CopyTo(stored);
            }
            else
            {
                HalfFloats.Round(row, MemoryMarshal.Cast<byte, ushort>(stored), type);
            }
        }

        Tensor = new StoredTensor("synthetic", type, shape, "memory", (nint)_memory, this);
    }

    /// <summary>The matrix as a stored tensor.</summary>
    public StoredTensor Tensor { get; }

    /// <summary>Uniform values with standard deviation 0.02.</summary>
    public static void Fill(Span<float> values, int seed)
    {
        Random random = new(seed);
        foreach (ref float value in values)
        {
            value = (random.NextSingle() - 0.5f) * 0.0692f;
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
