using Mend.Models.Execution;

namespace Mend.Models.Tests.Execution.Rotary;

/// <summary>Every scaling against its formula written out pair by pair, in float64.</summary>
public sealed class RotaryOptionsTests
{
    private const int Size = 64;

    [Theory]
    [InlineData("""{"rope_theta": 500000.0}""")]
    [InlineData("""{"rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}}""")]
    [InlineData("""{"rope_theta": 1.0, "rope_parameters": {"rope_theta": 500000.0}}""")]
    public void Read_NoScaling_IsPowersOfTheBase(string json)
    {
        (RotaryFrequencies frequencies, int positions) = Read(json, 100);

        Check(frequencies, 1, j => Math.Pow(500000, -2.0 * j / Size));
        Assert.Equal(100, positions);
    }

    [Theory]
    [InlineData("""{"rope_scaling": {"type": "linear", "factor": 4.0}}""")]
    [InlineData("""{"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0}}""")]
    public void Read_Linear_DividesEveryAngle(string json) =>
        Check(Read(json, 2048).Frequencies, 1, j => Math.Pow(10000, -2.0 * j / Size) / 4);

    [Fact]
    public void Read_Llama3_BlendsByWavelength()
    {
        const string Json = """
            {"rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
             "original_max_position_embeddings": 8192}}
            """;

        (RotaryFrequencies frequencies, int positions) = Read(Json, 131072);

        Assert.Equal(131072, positions);
        Check(frequencies, 1, j =>
        {
            double f = Math.Pow(500000, -2.0 * j / Size);
            double wavelength = 2 * Math.PI / f;
            if (wavelength < 8192 / 4.0)
            {
                return f;
            }

            double smooth = ((8192 / wavelength) - 1) / (4 - 1);
            return wavelength > 8192 / 1.0 ? f / 8 : ((1 - smooth) * f / 8) + (smooth * f);
        });
    }

    [Theory]
    [InlineData("""{"rope_theta": 1000000.0, "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}}""", 32768, true, 0.1386294361119891 + 1)]
    [InlineData("""{"rope_theta": 1000000.0, "rope_scaling": {"rope_type": "yarn", "original_max_position_embeddings": 32768}}""", 131072, true, 0.1386294361119891 + 1)]
    [InlineData("""{"rope_parameters": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768, "rope_theta": 1000000.0, "truncate": false, "attention_factor": 1.25}}""", 131072, false, 1.25)]
    public void Read_Yarn_BlendsAlongThePairs(string json, int configured, bool truncate, double magnitude)
    {
        (RotaryFrequencies frequencies, int positions) = Read(json, configured);

        // The pair that turns n times within the original length: 32768 · θ^(−2j/size) = 2πn.
        double Pair(double turns) => Size / 2.0 * Math.Log(32768 / (2 * Math.PI * turns)) / Math.Log(1000000);
        (double low, double high) = truncate ? (Math.Floor(Pair(32)), Math.Ceiling(Pair(1))) : (Pair(32), Pair(1));
        Assert.Equal(131072, positions);
        Check(frequencies, magnitude, j =>
        {
            double f = Math.Pow(1000000, -2.0 * j / Size);
            double ramp = j <= low ? 0 : j >= high ? 1 : (j - low) / (high - low);
            return (f / 4 * ramp) + (f * (1 - ramp));
        });
    }

    [Fact]
    public void Read_YarnWithBothScales_DividesTheirMagnitudes()
    {
        const string Json = """{"rope_scaling": {"type": "yarn", "factor": 40, "mscale": 1.0, "mscale_all_dim": 0.5, "original_max_position_embeddings": 4096}}""";

        double expected = ((0.1 * Math.Log(40)) + 1) / ((0.05 * Math.Log(40)) + 1);
        Assert.Equal(expected, Read(Json, 163840).Frequencies.Magnitude, 1e-12);
    }

    private static (RotaryFrequencies Frequencies, int Positions) Read(string json, int positions)
    {
        ConfigReader config = ConfigReader.Parse("test", json[..^1] + """, "model_type": "llama"}""");
        (RotaryFrequencies, int) result = RotaryOptions.Read(config, Size, positions, 10000);
        config.ThrowIfUnread();
        return result;
    }

    private static void Check(RotaryFrequencies actual, double magnitude, Func<int, double> expected)
    {
        Assert.Equal(magnitude, actual.Magnitude, 1e-12);
        Assert.Equal(Size / 2, actual.PerPosition.Length);
        Assert.All(actual.PerPosition, (f, j) => Assert.InRange(f / expected(j), 1 - 1e-12, 1 + 1e-12));
    }
}
