using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Cpu.Kernels;

/// <summary>The kernels for one kind of register: rows. Sums keep their order, which depends on n only.</summary>
internal sealed unsafe partial class CpuKernels<V>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float Sum(float* x, long n)
    {
        V a = V.Zero;
        V b = V.Zero;
        long i = 0;
        for (; i <= n - (2 * V.Count); i += 2 * V.Count)
        {
            a += V.Load(x + i);
            b += V.Load(x + i + V.Count);
        }

        for (; i < n; i += V.Count)
        {
            a += LoadUpTo(x + i, n - i);
        }

        return LaneMath.Sum(a + b);
    }

    /// <inheritdoc/>
    public override double SumOfSquares(float* x, long n)
    {
        // Four running sums, so that the additions overlap.
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        long i = 0;
        for (; i <= n - 4; i += 4)
        {
            s0 += (double)x[i] * x[i];
            s1 += (double)x[i + 1] * x[i + 1];
            s2 += (double)x[i + 2] * x[i + 2];
            s3 += (double)x[i + 3] * x[i + 3];
        }

        for (; i < n; i++)
        {
            s0 += (double)x[i] * x[i];
        }

        return (s0 + s1) + (s2 + s3);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void LayerNorm(float* x, float* gain, float* bias, float epsilon, float* y, float* statistics, long n)
    {
        // Two passes: the variance around the mean found, which a sum of squares would lose to cancellation.
        float mean = Sum(x, n) / n;
        V center = V.Broadcast(mean);
        V sum = V.Zero;
        long i = 0;
        for (; i <= n - V.Count; i += V.Count)
        {
            V d = V.Load(x + i) - center;
            sum = V.Fma(d, d, sum);
        }

        if (i < n)
        {
            V d = MapLoop<V>.LoadPart(x + i, (int)(n - i), mean) - center;
            sum = V.Fma(d, d, sum);
        }

        float inverse = 1f / MathF.Sqrt((LaneMath.Sum(sum) / n) + epsilon);
        statistics[0] = mean;
        statistics[1] = inverse;
        V scale = V.Broadcast(inverse);
        for (i = 0; i < n; i += V.Count)
        {
            V offset = bias is null ? V.Zero : LoadUpTo(bias + i, n - i);
            StoreUpTo(V.Fma((LoadUpTo(x + i, n - i) - center) * scale, LoadUpTo(gain + i, n - i), offset), y + i, n - i);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void LayerNormGradient(float* x, float* gain, float* statistics, float* dy, float* dx, long n)
    {
        // With x̂ = (x − mean)·rstd and g = dy ⊙ gain: dx = rstd (g − mean(g) − x̂ mean(g x̂)).
        V center = V.Broadcast(statistics[0]);
        V inverse = V.Broadcast(statistics[1]);
        V sumG = V.Zero;
        V sumGx = V.Zero;
        for (long i = 0; i < n; i += V.Count)
        {
            V g = LoadUpTo(dy + i, n - i) * LoadUpTo(gain + i, n - i);
            sumG += g;
            sumGx = V.Fma(g, (LoadUpTo(x + i, n - i) - center) * inverse, sumGx);
        }

        V meanG = V.Broadcast(LaneMath.Sum(sumG) / n);
        V meanGx = V.Broadcast(LaneMath.Sum(sumGx) / n);
        for (long i = 0; i < n; i += V.Count)
        {
            V g = LoadUpTo(dy + i, n - i) * LoadUpTo(gain + i, n - i);
            V normed = (LoadUpTo(x + i, n - i) - center) * inverse;
            StoreUpTo((g - meanG - (normed * meanGx)) * inverse, dx + i, n - i);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void RmsNorm(float* x, float* gain, float epsilon, float* y, float* statistics, long n)
    {
        V sum = V.Zero;
        for (long i = 0; i < n; i += V.Count)
        {
            V v = LoadUpTo(x + i, n - i);
            sum = V.Fma(v, v, sum);
        }

        statistics[0] = 1f / MathF.Sqrt((LaneMath.Sum(sum) / n) + epsilon);
        V scale = V.Broadcast(statistics[0]);
        for (long i = 0; i < n; i += V.Count)
        {
            StoreUpTo(LoadUpTo(x + i, n - i) * scale * LoadUpTo(gain + i, n - i), y + i, n - i);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void RmsNormGradient(float* x, float* gain, float* statistics, float* dy, float* dx, long n)
    {
        // With r = rrms and g = dy ⊙ gain: dx = r (g − x r² mean(g x)).
        V sum = V.Zero;
        for (long i = 0; i < n; i += V.Count)
        {
            sum = V.Fma(LoadUpTo(dy + i, n - i) * LoadUpTo(gain + i, n - i), LoadUpTo(x + i, n - i), sum);
        }

        float r = statistics[0];
        V inverse = V.Broadcast(r);
        V factor = V.Broadcast(LaneMath.Sum(sum) / n * r * r);
        for (long i = 0; i < n; i += V.Count)
        {
            V g = LoadUpTo(dy + i, n - i) * LoadUpTo(gain + i, n - i);
            StoreUpTo((g - (LoadUpTo(x + i, n - i) * factor)) * inverse, dx + i, n - i);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool AnyNonZero(float* x, long n)
    {
        for (long i = 0; i < n; i += V.Count)
        {
            if (V.AnyNonZero(LoadUpTo(x + i, n - i)))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void RotateHalves(float* x, float* cos, float* sin, float sign, float* y, long r)
    {
        V turn = V.Broadcast(sign);
        for (long i = 0; i < r; i += V.Count)
        {
            V a = LoadUpTo(x + i, r - i);
            V b = LoadUpTo(x + r + i, r - i);
            V c = LoadUpTo(cos + i, r - i);
            V s = LoadUpTo(sin + i, r - i) * turn;
            StoreUpTo((a * c) - (b * s), y + i, r - i);
            StoreUpTo((b * c) + (a * s), y + r + i, r - i);
        }
    }

    /// <summary>Reads a register, or the <paramref name="left"/> elements that there are and zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LoadUpTo(float* p, long left) => left >= V.Count ? V.Load(p) : MapLoop<V>.LoadPart(p, (int)left);

    /// <summary>Writes a register, or its first <paramref name="left"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreUpTo(V v, float* p, long left)
    {
        if (left >= V.Count)
        {
            V.Store(v, p);
        }
        else
        {
            MapLoop<V>.StorePart(v, p, (int)left);
        }
    }
}
