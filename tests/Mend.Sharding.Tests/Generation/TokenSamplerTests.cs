namespace Mend.Sharding.Tests.Generation;

public sealed class TokenSamplerTests
{
    /// <summary>Log-probabilities of 0.5, 0.3, 0.15 and 0.05.</summary>
    private static readonly float[] Logits = [MathF.Log(0.15f), MathF.Log(0.5f), MathF.Log(0.05f), MathF.Log(0.3f)];

    [Fact]
    public void Next_TemperatureZero_TakesTheFirstOfTheLikeliest() =>
        Assert.Equal(1, new TokenSampler(new SamplingOptions()).Next([0f, 3f, 3f, 1f]));

    [Theory]
    [InlineData(1.0, new[] { 0.15, 0.5, 0.05, 0.3 })]
    [InlineData(0.9, new[] { 0.15 / 0.95, 0.5 / 0.95, 0.0, 0.3 / 0.95 })]
    [InlineData(0.7, new[] { 0.0, 0.625, 0.0, 0.375 })]
    [InlineData(0.5, new[] { 0.0, 1.0, 0.0, 0.0 })]
    public void Next_Nucleus_DrawsFromTheSmallestSetThatReachesIt(double topP, double[] expected)
    {
        const int Draws = 20_000;
        TokenSampler sampler = new(new SamplingOptions { Temperature = 1, TopP = topP, Seed = 3 });
        int[] counts = new int[4];
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Next(Logits)]++;
        }

        // Four standard deviations of a share of 20,000 draws.
        Assert.All(expected, (p, i) => Assert.Equal(p, counts[i] / (double)Draws, 4 * Math.Sqrt(0.25 / Draws)));
        Assert.All(expected.Index().Where(p => p.Item == 0), p => Assert.Equal(0, counts[p.Index]));
    }

    [Fact]
    public void Next_TinyTemperature_IsGreedy()
    {
        TokenSampler sampler = new(new SamplingOptions { Temperature = 1e-6, Seed = 3 });

        Assert.All(Enumerable.Range(0, 50), _ => Assert.Equal(1, sampler.Next(Logits)));
    }
}
