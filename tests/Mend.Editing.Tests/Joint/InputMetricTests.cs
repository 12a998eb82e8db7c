namespace Mend.Editing.Tests.Joint;

public sealed class InputMetricTests
{
    private const float Ridge = 0.01f;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(96)]
    public void Times_TheMetricItself_IsTheIdentity(int size)
    {
        double[] moment = DenseMath.PositiveDefinite(size, seed: 20 + size);
        double[] m = Metric(moment, size);

        float[] product = InputMetric.Of([.. moment], size, Ridge).Times([.. m.Select(v => (float)v)]);

        Values.AssertClose(Enumerable.Range(0, size * size).Select(i => i % (size + 1) == 0 ? 1.0 : 0).ToArray(), product, 2e-5, 0);
    }

    [Fact]
    public void Of_AnyMoment_GivesASymmetricInverse()
    {
        const int size = 70;
        InputMetric metric = InputMetric.Of(DenseMath.PositiveDefinite(size, seed: 3), size, Ridge);

        ReadOnlySpan<float> inverse = metric.Inverse.Span;
        for (int i = 0; i < size; i++)
        {
            for (int k = 0; k < i; k++)
            {
                Assert.Equal(inverse[(i * size) + k], inverse[(k * size) + i]);
            }
        }
    }

    /// <summary>Few inputs fill few directions; the ridge gives the others a cost too.</summary>
    [Fact]
    public void Of_MomentOfOneInput_IsAMetric()
    {
        const int size = 5;
        double[] x = [1, -2, 0, 3, 0.5];
        double[] moment = DenseMath.Multiply(x, x, size, 1, size);

        float[] product = InputMetric.Of([.. moment], size, Ridge).Times([.. Metric(moment, size).Select(v => (float)v)]);

        Values.AssertClose(Enumerable.Range(0, size * size).Select(i => i % (size + 1) == 0 ? 1.0 : 0).ToArray(), product, 1e-4, 0);
    }

    [Fact]
    public void Name_IsOfTheContent()
    {
        double[] moment = DenseMath.PositiveDefinite(4, seed: 1);

        Assert.Equal(InputMetric.Of([.. moment], 4, Ridge).Name, InputMetric.Of([.. moment], 4, Ridge).Name);
        Assert.NotEqual(InputMetric.Of([.. moment], 4, Ridge).Name, InputMetric.Of([.. moment], 4, 2 * Ridge).Name);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Of_NothingSeenOrNotFinite_IsRefused(double value) =>
        Assert.Throws<ArithmeticException>(() => InputMetric.Of([value, 0, 0, value], 2, Ridge));

    [Fact]
    public void Constructor_OtherLength_IsRefused() =>
        Assert.Contains("9 values, not 8", Assert.Throws<ArgumentException>(() => new InputMetric(new float[8], 3)).Message, StringComparison.Ordinal);

    /// <summary>The moment with the ridge's share of the mean of its diagonal.</summary>
    private static double[] Metric(double[] moment, int size)
    {
        double trace = Enumerable.Range(0, size).Sum(i => moment[(i * size) + i]);
        return [.. moment.Select((v, i) => v + (i % (size + 1) == 0 ? Ridge * trace / size : 0))];
    }
}
