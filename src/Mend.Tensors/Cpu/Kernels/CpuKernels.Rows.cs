using System.Numerics;
using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Cpu.Kernels;

/// <summary>The kernels for one kind of register: rows. Sums keep their order, which depends on n only.</summary>
internal sealed unsafe partial class CpuKernels<V>
{
    /// <inheritdoc/>
    public override float Sum(float* x, long n) => RowLoop<V>.Sum(default(Identity<V>), x, x, x, n);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double SumOfSquares(float* x, long n)
    {
        Vector<double> low = Vector<double>.Zero;
        Vector<double> high = Vector<double>.Zero;
        long i = 0;
        for (; i <= n - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Unsafe.ReadUnaligned<Vector<float>>(x + i), out Vector<double> a, out Vector<double> b);
            low += a * a;
            high += b * b;
        }

        double sum = Vector.Sum(low + high);
        for (; i < n; i++)
        {
            sum += (double)x[i] * x[i];
        }

        return sum;
    }

    /// <inheritdoc/>
    public override void LayerNorm(float* x, float* gain, float* bias, float epsilon, float* y, float* statistics, long n)
    {
        // Two passes: the variance around the mean found, which a sum of squares would lose to cancellation.
        float mean = Sum(x, n) / n;
        V center = V.Broadcast(mean);
        float variance = RowLoop<V>.Sum(new SquaredDistance<V>(center), x, x, x, n) / n;
        float inverse = 1f / MathF.Sqrt(variance + epsilon);
        statistics[0] = mean;
        statistics[1] = inverse;
        RowLoop<V>.Map(new Normalise<V>(center, V.Broadcast(inverse), bias is not null), x, gain, bias is null ? x : bias, y, n);
    }

    /// <inheritdoc/>
    public override void LayerNormGradient(float* x, float* gain, float* statistics, float* dy, float* dx, long n)
    {
        // With x̂ = (x − mean)·rstd and g = dy ⊙ gain: dx = rstd (g − mean(g) − x̂ mean(g x̂)).
        V center = V.Broadcast(statistics[0]);
        V inverse = V.Broadcast(statistics[1]);
        float meanG = RowLoop<V>.Sum(default(Times<V>), dy, gain, x, n) / n;
        float meanGx = RowLoop<V>.Sum(new NormalisedTimesTimes<V>(center, inverse), x, dy, gain, n) / n;
        RowLoop<V>.Map(new NormGradient<V>(center, inverse, V.Broadcast(meanG), V.Broadcast(meanGx)), x, dy, gain, dx, n);
    }

    /// <inheritdoc/>
    public override void RmsNorm(float* x, float* gain, float epsilon, float* y, float* statistics, long n)
    {
        float mean = RowLoop<V>.Sum(default(Times<V>), x, x, x, n) / n;
        statistics[0] = 1f / MathF.Sqrt(mean + epsilon);
        RowLoop<V>.Map(new Normalise<V>(V.Zero, V.Broadcast(statistics[0]), false), x, gain, x, y, n);
    }

    /// <inheritdoc/>
    public override void RmsNormGradient(float* x, float* gain, float* statistics, float* dy, float* dx, long n)
    {
        // With x̂ = x·rrms and g = dy ⊙ gain: dx = rrms (g − x̂ mean(g x̂)).
        V inverse = V.Broadcast(statistics[0]);
        float meanGx = RowLoop<V>.Sum(new NormalisedTimesTimes<V>(V.Zero, inverse), x, dy, gain, n) / n;
        RowLoop<V>.Map(new NormGradient<V>(V.Zero, inverse, V.Zero, V.Broadcast(meanGx)), x, dy, gain, dx, n);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool AnyNonZero(float* x, long n)
    {
        long i = 0;
        for (; i <= n - V.Count; i += V.Count)
        {
            if (V.AnyNonZero(V.Load(x + i)))
            {
                return true;
            }
        }

        return i < n && V.AnyNonZero(MapLoop<V>.LoadPart(x + i, (int)(n - i)));
    }

    /// <inheritdoc/>
    public override void RotateHalves(float* x, float* cos, float* sin, float sign, float* y, long r)
    {
        // a cos − b sin, then b cos + a sin; multiplied and added in two steps, so that both halves round alike.
        float turn = sign;
        float back = -sign;
        Rotate(x, cos, x + r, sin, V.Broadcast(back), y, r);
        Rotate(x + r, cos, x, sin, V.Broadcast(turn), y + r, r);
    }

    /// <summary>y = a ⊙ c + sign·b ⊙ s.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rotate(float* a, float* c, float* b, float* s, V sign, float* y, long n)
    {
        long i = 0;
        for (; i <= n - V.Count; i += V.Count)
        {
            V.Store((V.Load(a + i) * V.Load(c + i)) + (sign * V.Load(b + i) * V.Load(s + i)), y + i);
        }

        if (i < n)
        {
            int rest = (int)(n - i);
            V tail = (MapLoop<V>.LoadPart(a + i, rest) * MapLoop<V>.LoadPart(c + i, rest))
                + (sign * MapLoop<V>.LoadPart(b + i, rest) * MapLoop<V>.LoadPart(s + i, rest));
            MapLoop<V>.StorePart(tail, y + i, rest);
        }
    }
}
