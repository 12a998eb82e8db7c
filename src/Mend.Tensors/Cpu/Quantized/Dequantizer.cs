using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Cpu.Quantized;

/// <summary>Converts blocks of quantised elements to float32. The bits are the same for every kind of register.</summary>
internal static unsafe class Dequantizer<V>
    where V : unmanaged, ILanes<V>
{
    /// <summary>y = the elements of whole blocks.</summary>
    /// <param name="type">A quantised type.</param>
    /// <param name="blocks">The first block.</param>
    /// <param name="y">Receives <paramref name="n"/> floats.</param>
    /// <param name="n">A multiple of the type's block length.</param>
    public static void Run(DType type, byte* blocks, float* y, long n)
    {
        switch (type)
        {
            case DType.Q4_0: Run<Q4Scaled>(blocks, y, n); break;
            case DType.Q4_1: Run<Q4Shifted>(blocks, y, n); break;
            case DType.Q5_0: Run<Q5Scaled>(blocks, y, n); break;
            case DType.Q5_1: Run<Q5Shifted>(blocks, y, n); break;
            case DType.Q8_0: Run<Q8Scaled>(blocks, y, n); break;
            case DType.Q2_K: Run<Q2Super>(blocks, y, n); break;
            case DType.Q3_K: Run<Q3Super>(blocks, y, n); break;
            case DType.Q4_K: Run<Q4Super>(blocks, y, n); break;
            case DType.Q5_K: Run<Q5Super>(blocks, y, n); break;
            case DType.Q6_K: Run<Q6Super>(blocks, y, n); break;
            case DType.Q8_K: Run<Q8Super>(blocks, y, n); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "Kernels read f32, bf16, f16 and GGUF's quantised types.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TBlock>(byte* block, float* y, long n)
        where TBlock : struct, IBlock
    {
        sbyte* q = stackalloc sbyte[BlockLimits.Length];
        float* scales = stackalloc float[BlockLimits.Length / BlockLimits.Run];
        float* offsets = stackalloc float[BlockLimits.Length / BlockLimits.Run];
        new Span<float>(offsets, BlockLimits.Length / BlockLimits.Run).Clear();
        for (float* end = y + n; y < end; y += TBlock.Length, block += TBlock.Bytes)
        {
            TBlock.Unpack(block, q, scales, offsets);
            for (int run = 0; run < TBlock.Length / BlockLimits.Run; run++)
            {
                V scale = V.Broadcast(scales[run]);
                V offset = V.Broadcast(offsets[run]);
                for (int i = run * BlockLimits.Run; i < (run + 1) * BlockLimits.Run; i += V.Count)
                {
                    V.Store(V.Fma(V.LoadInt8(q + i), scale, offset), y + i);
                }
            }
        }
    }
}
