using Mend.Editing;

namespace Mend.Sharding.Tests.Generation;

public sealed class TokenSamplerTests
{
    /// <summary>Log-probabilities of 0.5, 0.3, 0.15 and 0.05.</summary>
    private static readonly float[] Logits = [MathF.Log(0.15f), MathF.Log(0.5f), MathF.Log(0.05f), MathF.Log(0.3f)];

    [Fact]
    public void Next_TemperatureZero_TakesTheFirstOfTheLikeliest() =>
        Assert.Equal(1, TokenSampler.Next([0f, 3f, 3f, 1f], new TokenChoice(0, 1, 0, null)));

    [Theory]
    [InlineData(1.0, new[] { 0.15, 0.5, 0.05, 0.3 })]
    [InlineData(0.9, new[] { 0.15 / 0.95, 0.5 / 0.95, 0.0, 0.3 / 0.95 })]
    [InlineData(0.7, new[] { 0.0, 0.625, 0.0, 0.375 })]
    [InlineData(0.5, new[] { 0.0, 1.0, 0.0, 0.0 })]
    public void Next_Nucleus_DrawsFromTheSmallestSetThatReachesIt(double topP, double[] expected)
    {
        const int Draws = 20_000;
        Random random = new(3);
        int[] counts = new int[4];
        for (int i = 0; i < Draws; i++)
        {
            counts[TokenSampler.Next(Logits, new TokenChoice(1, topP, random.NextDouble(), null))]++;
        }

        // Four standard deviations of a share of 20,000 draws.
        Assert.All(expected, (p, i) => Assert.Equal(p, counts[i] / (double)Draws, 4 * Math.Sqrt(0.25 / Draws)));
        Assert.All(expected.Index().Where(p => p.Item == 0), p => Assert.Equal(0, counts[p.Index]));
    }

    [Fact]
    public void Next_TinyTemperature_IsGreedy()
    {
        Random random = new(3);

        Assert.All(Enumerable.Range(0, 50), _ => Assert.Equal(1, TokenSampler.Next(Logits, new TokenChoice(1e-6, 1, random.NextDouble(), null))));
    }

    /// <summary>Against the definition: all of the vocabulary sorted, heaviest first and equal ones by their ids.</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(30)]
    public void Next_LargeVocabulary_DrawsFromTheSortedWhole(double temperature)
    {
        float[] logits = [.. Values.Random(3000, 5, 4).Select(v => MathF.Round(v, 1))];
        double max = logits.Max();
        double[] weights = [.. logits.Select(l => Math.Exp((l - max) / temperature))];
        int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => weights[i]).ThenBy(i => i)];
        double total = 0;
        foreach (double weight in weights)
        {
            total += weight;
        }

        Random random = new(9);
        for (int n = 0; n < 200; n++)
        {
            double topP = 0.01 + (0.98 * random.NextDouble()), draw = random.NextDouble(), mass = 0;
            int kept = 0;
            while (mass < topP * total)
            {
                mass += weights[order[kept++]];
            }

            double left = draw * mass;
            int expected = Array.Find(order, i => (left -= weights[i]) < 0);

            Assert.Equal(expected, TokenSampler.Next(logits, new TokenChoice(temperature, topP, draw, null)));
        }
    }
}
