using Mend.Tensors;

namespace Mend.Testing;

public abstract class RowTests<TEngines> : EngineSuite<TEngines>
    where TEngines : ITestEngines
{
    private static int[] Lengths => [1, 2, 7, 16, 33, 64, 257, 1000];

    [Theory]
    [MemberData(nameof(Names))]
    public void LayerNorm_OffCentreRows_EqualsReference(string name)
    {
        using IEngine engine = TEngines.Create(name);
        foreach (int n in Lengths)
        {
            // A mean far from 0: the variance must not come from a difference of large sums.
            float[] values = [.. Values.Random(5 * n, 1).Select(v => v + 100f)];
            float[] gains = Values.Random(n, 2);
            float[] biases = Values.Random(n, 3);
            using Tensor x = engine.FromHost(values, [5, n]);
            using Tensor gain = engine.FromHost(gains, [n]);
            using Tensor bias = engine.FromHost(biases, [n]);
            double[] expected = new double[5 * n];
            for (int r = 0; r < 5; r++)
            {
                double mean = values.Skip(r * n).Take(n).Average(v => (double)v);
                double variance = values.Skip(r * n).Take(n).Average(v => (v - mean) * (v - mean));
                for (int i = 0; i < n; i++)
                {
                    expected[(r * n) + i] = ((values[(r * n) + i] - mean) / Math.Sqrt(variance + 1e-5) * gains[i]) + biases[i];
                }
            }

            float[] y = engine.Take(engine.LayerNorm(x, gain, bias, 1e-5f, out Tensor statistics));
            Assert.Equal([5, 2], statistics.Shape);
            statistics.Dispose();

            // x itself is rounded to 4e-6 at 100.
            Values.AssertClose(expected, y, n == 1 ? 0.02 : 1e-4, 1e-4, $"n = {n}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RmsNorm_RandomRows_EqualsReference(string name)
    {
        using IEngine engine = TEngines.Create(name);
        foreach (int n in Lengths)
        {
            float[] values = Values.Random(3 * n, 1);
            float[] gains = Values.Random(n, 2);
            using Tensor x = engine.FromHost(values, [3, n]);
            using Tensor gain = engine.FromHost(gains, [n]);
            double[] expected = new double[3 * n];
            for (int i = 0; i < expected.Length; i++)
            {
                double mean = values.Skip(i / n * n).Take(n).Average(v => (double)v * v);
                expected[i] = values[i] / Math.Sqrt(mean + 1e-6) * gains[i % n];
            }

            float[] y = engine.Take(engine.RmsNorm(x, gain, 1e-6f, out Tensor statistics));
            Assert.Equal([3], statistics.Shape);
            statistics.Dispose();
            Values.AssertClose(expected, y, 1e-6, 2e-6, $"n = {n}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Softmax_ScaledAndMasked_EqualsReference(string name)
    {
        using IEngine engine = TEngines.Create(name);
        foreach (int n in Lengths)
        {
            float[] values = Values.Random(2 * 3 * 4 * n, 1, 5f);
            float[] masks = [.. Values.Random(2 * n, 2).Select((v, i) => i % n != 0 && v > 0.5f ? float.MinValue : v)];
            using Tensor x = engine.FromHost(values, [2, 3, 4, n]);
            using Tensor mask = engine.FromHost(masks, [2, 1, 1, n]);
            double[] expected = new double[values.Length];
            for (int row = 0; row < 24; row++)
            {
                double[] z = [.. Enumerable.Range(0, n).Select(i => (0.3 * values[(row * n) + i]) + masks[(row / 12 * n) + i])];
                double total = z.Sum(v => Math.Exp(v - z.Max()));
                for (int i = 0; i < n; i++)
                {
                    expected[(row * n) + i] = Math.Exp(z[i] - z.Max()) / total;
                }
            }

            float[] y = engine.Take(engine.Softmax(x, 0.3f, mask));
            Values.AssertClose(expected, y, 1e-30, 3e-6, $"n = {n}");
            for (int i = 0; i < y.Length; i++)
            {
                Assert.True(masks[(i / n / 12 * n) + (i % n)] != float.MinValue || y[i] == 0f, $"masked entry {i} is {y[i]}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Softmax_EverythingMasked_IsUniform(string name)
    {
        using IEngine engine = TEngines.Create(name);
        foreach (float low in (float[])[float.MinValue, float.NegativeInfinity])
        {
            foreach (int n in Lengths)
            {
                using Tensor x = engine.Zeros([2, n]);
                using Tensor mask = engine.FromHost(Enumerable.Repeat(low, n).ToArray(), [n]);
                float[] y = engine.Take(engine.Softmax(x, 1f, mask));
                Values.AssertClose([.. Enumerable.Repeat(1.0 / n, 2 * n)], y, 0, 1e-6, $"{low}, n = {n}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Softmax_LargeEqualAndInfiniteEntries_IsExact(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using Tensor x = engine.FromHost([1000f, 1000f, 0f, float.NegativeInfinity], [1, 4]);
        Assert.Equal([0.5f, 0.5f, 0f, 0f], engine.Take(engine.Softmax(x, 1f, null)));
        using Tensor perRow = engine.FromHost([3f], [1, 1]);
        Assert.Equal([0.5f, 0.5f, 0f, 0f], engine.Take(engine.Softmax(x, 1f, perRow)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void LogSoftmax_LargeLogits_EqualsReference(string name)
    {
        using IEngine engine = TEngines.Create(name);
        foreach (int n in Lengths)
        {
            float[] values = [.. Values.Random(3 * n, 1, 4f).Select(v => v + 50f)];
            using Tensor x = engine.FromHost(values, [3, n]);
            double[] expected = new double[3 * n];
            for (int r = 0; r < 3; r++)
            {
                double max = values.AsSpan(r * n, n).ToArray().Max();
                double log = Math.Log(values.Skip(r * n).Take(n).Sum(v => Math.Exp(v - max)));
                for (int i = r * n; i < (r + 1) * n; i++)
                {
                    expected[i] = values[i] - max - log;
                }
            }

            Values.AssertClose(expected, engine.Take(engine.LogSoftmax(x)), 2e-6, 1e-6, $"n = {n}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_OverRows_EqualDifferenceQuotients(string name)
    {
        using IEngine engine = TEngines.Create(name);
        const int N = 21;
        using Tensor gain = engine.FromHost(Values.Random(N, 2), [N]);
        FiniteDifferences.Check(
            engine, "layer norm", [2, N],
            x => Drop(engine.LayerNorm(x, gain, null, 1e-5f, out Tensor s), s),
            (x, dy) =>
            {
                engine.LayerNorm(x, gain, null, 1e-5f, out Tensor s).Dispose();
                using (s)
                {
                    return engine.LayerNormInputGradient(x, gain, s, dy);
                }
            });
        FiniteDifferences.Check(
            engine, "rms norm", [2, N],
            x => Drop(engine.RmsNorm(x, gain, 1e-5f, out Tensor s), s),
            (x, dy) =>
            {
                engine.RmsNorm(x, gain, 1e-5f, out Tensor s).Dispose();
                using (s)
                {
                    return engine.RmsNormInputGradient(x, gain, s, dy);
                }
            });
        FiniteDifferences.Check(engine, "softmax", [2, N], x => engine.Softmax(x, 0.7f, gain), (x, dy) =>
        {
            using Tensor y = engine.Softmax(x, 0.7f, gain);
            return engine.SoftmaxGradient(y, dy, 0.7f);
        });
        FiniteDifferences.Check(engine, "log softmax", [2, N], engine.LogSoftmax, (x, dy) =>
        {
            using Tensor y = engine.LogSoftmax(x);
            return engine.LogSoftmaxGradient(y, dy);
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ArgMaxAndNonZeroRows_Ties_TakesTheFirst(string name)
    {
        using IEngine engine = TEngines.Create(name);
        float[] values = new float[3 * 40];
        values[17] = 2f;
        values[31] = 2f;
        Array.Fill(values, -1f, 40, 40);
        values[40 + 39] = -0.5f;
        using Tensor x = engine.FromHost(values, [3, 40]);
        Assert.Equal([17, 39, 0], engine.ArgMax(x));
        Assert.Equal([true, true, false], engine.NonZeroRows(x));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void SumOfSquares_ManyElements_HasDoubleAccuracy(string name)
    {
        float[] values = Values.Random(100_003);
        double expected = values.Sum(v => (double)v * v);
        using IEngine engine = TEngines.Create(name);
        using Tensor x = engine.FromHost(values, [values.Length]);
        Assert.Equal(expected, engine.SumOfSquares(x), expected * 1e-12);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RowOperations_WrongShapes_Throw(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using Tensor x = engine.Zeros([2, 3]);
        using Tensor four = engine.Zeros([4]);
        using Tensor three = engine.Zeros([3]);
        Assert.Throws<ShapeException>(() => engine.LayerNorm(x, four, null, 1e-5f, out _));
        Assert.Throws<ShapeException>(() => engine.LayerNorm(x, three, four, 1e-5f, out _));
        Assert.Throws<ShapeException>(() => engine.RmsNorm(x, four, 1e-5f, out _));
        Assert.Throws<ShapeException>(() => engine.Softmax(x, 1f, four));
        Assert.Throws<ShapeException>(() => engine.SoftmaxGradient(x, three, 1f));
        Assert.Throws<ShapeException>(() => engine.LayerNormInputGradient(x, three, three, x));
    }

    private static Tensor Drop(Tensor y, Tensor statistics)
    {
        statistics.Dispose();
        return y;
    }
}
