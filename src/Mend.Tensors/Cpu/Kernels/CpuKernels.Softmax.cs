namespace Mend.Tensors.Cpu.Kernels;

/// <summary>The kernels for one kind of register: softmax and the largest element.</summary>
internal sealed unsafe partial class CpuKernels<V>
{
    /// <inheritdoc/>
    public override void Softmax(float* x, float scale, float* bias, int stepBias, float* y, long n)
    {
        // Exponents are held at float.MinValue or above, so that a row in which everything is masked gives the
        // uniform distribution instead of ∞ − ∞.
        bool walks = bias is not null && stepBias != 0;
        V offset = bias is null || walks ? V.Zero : V.Broadcast(*bias);
        RowLoop<V>.Map(new Exponent<V>(V.Broadcast(scale), offset, walks), x, walks ? bias : x, x, y, n);
        V max = V.Broadcast(RowLoop<V>.Max(y, n, float.MinValue));
        RowLoop<V>.Map(new ShiftedExp<V>(max), y, y, y, y, n);
        Scale(y, 1f / Sum(y, n), y, n);
    }

    /// <inheritdoc/>
    public override void SoftmaxGradient(float* y, float* dy, float scale, float* dx, long n)
    {
        V dot = V.Broadcast(RowLoop<V>.Sum(default(Times<V>), y, dy, y, n));
        RowLoop<V>.Map(new SoftmaxSlope<V>(V.Broadcast(scale), dot), y, dy, y, dx, n);
    }

    /// <inheritdoc/>
    public override void LogSoftmax(float* x, float* y, long n)
    {
        V max = V.Broadcast(RowLoop<V>.Max(x, n, float.MinValue));
        float total = RowLoop<V>.Sum(new ShiftedExp<V>(max), x, x, x, n);
        RowLoop<V>.Map(new Shift<V>(max, V.Broadcast((float)Math.Log(total))), x, x, x, y, n);
    }

    /// <inheritdoc/>
    public override void LogSoftmaxGradient(float* y, float* dy, float* dx, long n)
    {
        V sum = V.Broadcast(Sum(dy, n));
        RowLoop<V>.Map(new LogSoftmaxSlope<V>(sum), y, dy, y, dx, n);
    }

    /// <inheritdoc/>
    public override int ArgMax(float* x, long n)
    {
        // Whole blocks first: only the block that holds the maximum is searched element by element.
        const int Block = 1024;
        float max = RowLoop<V>.Max(x, n, float.NegativeInfinity);
        for (long start = 0; start < n; start += Block)
        {
            long length = Math.Min(Block, n - start);
            if (RowLoop<V>.Max(x + start, length, float.NegativeInfinity) != max)
            {
                continue;
            }

            for (long i = start; i < start + length; i++)
            {
                if (x[i] == max)
                {
                    return (int)i;
                }
            }
        }

        return 0;
    }
}
