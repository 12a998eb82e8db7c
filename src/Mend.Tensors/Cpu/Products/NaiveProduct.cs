using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Cpu.Products;

/// <summary>The definition of a matrix product, in float64: what the fast kernels are compared with.</summary>
internal static unsafe class NaiveProduct
{
    /// <summary>Computes all of C.</summary>
    public static void Run(in Product p)
    {
        for (long i = 0; i < p.M; i++)
        {
            for (long j = 0; j < p.N; j++)
            {
                double sum = p.Accumulate ? p.C[(i * p.StrideC) + j] : 0;
                sum += p.Bias is null ? 0 : p.Bias[j];
                for (long k = 0; k < p.K; k++)
                {
                    float a = p.TransposeA ? p.A[(k * p.StrideA) + i] : p.A[(i * p.StrideA) + k];
                    sum += (double)a * ElementB(p, p.TransposeB ? (j * p.StrideB) + k : (k * p.StrideB) + j);
                }

                p.C[(i * p.StrideC) + j] = (float)sum;
            }
        }
    }

    private static float ElementB(in Product p, long index) => p.TypeB switch
    {
        DType.F32 => ((float*)p.B)[index],
        DType.BF16 => BF16.ToFloat(((BF16*)p.B)[index]),
        DType.F16 => F16.ToFloat(((F16*)p.B)[index]),
        _ => throw new ArgumentOutOfRangeException(nameof(p), p.TypeB, "Kernels read f32, bf16 and f16."),
    };
}
