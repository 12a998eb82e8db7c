using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Cpu.Kernels;

/// <summary>The kernels for one kind of register: softmax and the largest element.</summary>
internal sealed unsafe partial class CpuKernels<V>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Softmax(float* x, float scale, float* bias, int stepBias, float* y, long n)
    {
        // Pass 1: the exponents, in y, and their maximum. Held at float.MinValue or above, so that a row in which
        // everything is masked gives the uniform distribution instead of ∞ − ∞.
        V factor = V.Broadcast(scale);
        V lowest = V.Broadcast(float.MinValue);
        V max = lowest;
        V offset = bias is null || n == 0 ? V.Zero : V.Broadcast(*bias);
        for (long i = 0; i < n; i += V.Count)
        {
            offset = bias is not null && stepBias != 0 ? LoadUpTo(bias + i, n - i) : offset;
            V z = V.Max(lowest, V.Fma(LoadUpTo(x + i, n - i), factor, offset));
            StoreUpTo(z, y + i, n - i);
            max = n - i >= V.Count ? V.Max(max, z) : V.Max(max, MapLoop<V>.LoadPart(y + i, (int)(n - i), float.MinValue));
        }

        // Pass 2: exponentials and their sum.
        V top = V.Broadcast(LaneMath.Max(max));
        V total = V.Zero;
        for (long i = 0; i < n; i += V.Count)
        {
            V e = LaneMath.Exp((n - i >= V.Count ? V.Load(y + i) : MapLoop<V>.LoadPart(y + i, (int)(n - i), float.NegativeInfinity)) - top);
            StoreUpTo(e, y + i, n - i);
            total += e;
        }

        // Pass 3: normalise.
        Scale(y, 1f / LaneMath.Sum(total), y, n);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SoftmaxGradient(float* y, float* dy, float scale, float* dx, long n)
    {
        V sum = V.Zero;
        for (long i = 0; i < n; i += V.Count)
        {
            sum = V.Fma(LoadUpTo(y + i, n - i), LoadUpTo(dy + i, n - i), sum);
        }

        V dot = V.Broadcast(LaneMath.Sum(sum));
        V factor = V.Broadcast(scale);
        for (long i = 0; i < n; i += V.Count)
        {
            StoreUpTo(factor * LoadUpTo(y + i, n - i) * (LoadUpTo(dy + i, n - i) - dot), dx + i, n - i);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void LogSoftmax(float* x, float* y, long n)
    {
        float top = Max(x, n);
        V max = V.Broadcast(top);
        V total = V.Zero;
        for (long i = 0; i < n; i += V.Count)
        {
            total += LaneMath.Exp((n - i >= V.Count ? V.Load(x + i) : MapLoop<V>.LoadPart(x + i, (int)(n - i), float.NegativeInfinity)) - max);
        }

        V log = V.Broadcast((float)Math.Log(LaneMath.Sum(total)));
        for (long i = 0; i < n; i += V.Count)
        {
            // The maximum first: x and its maximum may be large where the result is small.
            StoreUpTo(LoadUpTo(x + i, n - i) - max - log, y + i, n - i);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void LogSoftmaxGradient(float* y, float* dy, float* dx, long n)
    {
        V sum = V.Broadcast(-Sum(dy, n));
        for (long i = 0; i < n; i += V.Count)
        {
            StoreUpTo(V.Fma(LaneMath.Exp(LoadUpTo(y + i, n - i)), sum, LoadUpTo(dy + i, n - i)), dx + i, n - i);
        }
    }

    /// <inheritdoc/>
    public override int ArgMax(float* x, long n)
    {
        float max = Max(x, n);
        for (long i = 0; i < n; i++)
        {
            if (x[i] == max)
            {
                return (int)i;
            }
        }

        return 0;
    }

    /// <summary>The largest of n elements; float.MinValue where none is larger.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Max(float* x, long n)
    {
        V max = V.Broadcast(float.MinValue);
        for (long i = 0; i < n; i += V.Count)
        {
            max = V.Max(max, n - i >= V.Count ? V.Load(x + i) : MapLoop<V>.LoadPart(x + i, (int)(n - i), float.MinValue));
        }

        return LaneMath.Max(max);
    }
}
