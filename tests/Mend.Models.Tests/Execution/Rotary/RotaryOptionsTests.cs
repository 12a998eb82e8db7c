using System.Globalization;
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
        RotaryScheme scheme = Read(json, 100);

        Check(scheme.At(100), 1, j => Math.Pow(500000, -2.0 * j / Size));
        Assert.Equal(100, scheme.Positions);
    }

    [Theory]
    [InlineData("""{"rope_scaling": {"type": "linear", "factor": 4.0}}""")]
    [InlineData("""{"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0}}""")]
    public void Read_Linear_DividesEveryAngle(string json) =>
        Check(Read(json, 2048).At(5), 1, j => Math.Pow(10000, -2.0 * j / Size) / 4);

    /// <summary>Then prompts may be read in pieces.</summary>
    [Fact]
    public void Serves_SameAnglesForEveryLength_NeedsNoAnswer() => Assert.Null(Read("""{"rope_theta": 10000.0}""", 2048).Serves);

    [Fact]
    public void Read_Llama3_BlendsByWavelength()
    {
        const string Json = """
            {"rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
             "original_max_position_embeddings": 8192}}
            """;

        RotaryScheme scheme = Read(Json, 131072);

        Assert.Equal(131072, scheme.Positions);
        Check(scheme.At(9000), 1, j =>
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
        RotaryScheme scheme = Read(json, configured);

        // The pair that turns n times within the original length: 32768 · θ^(−2j/size) = 2πn.
        double Pair(double turns) => Size / 2.0 * Math.Log(32768 / (2 * Math.PI * turns)) / Math.Log(1000000);
        (double low, double high) = truncate ? (Math.Floor(Pair(32)), Math.Ceiling(Pair(1))) : (Pair(32), Pair(1));
        Assert.Equal(131072, scheme.Positions);
        Check(scheme.At(40000), magnitude, j =>
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
        RotaryScheme scheme = Read(Json, 163840);
        Assert.Equal(expected, scheme.At(1).Magnitude, 1e-12);
        Assert.Equal((0.05 * Math.Log(40)) + 1, scheme.AllDimensionsMagnitude, 1e-12);
    }

    [Theory]
    [InlineData("""{"rope_scaling": {"type": "dynamic", "factor": 3.0}}""")]
    [InlineData("""{"rope_parameters": {"rope_type": "dynamic", "factor": 3.0, "rope_theta": 10000.0, "original_max_position_embeddings": 5}}""")]
    public void Read_Dynamic_GrowsTheBaseWithTheTextBeyondTheLimit(string json)
    {
        RotaryScheme scheme = Read(json, 100);

        Assert.Null(scheme.Positions);
        Check(scheme.At(100), 1, j => Math.Pow(10000, -2.0 * j / Size));
        Check(scheme.At(250), 1, j => Math.Pow(10000 * Math.Pow(1 + (3 * 1.5), Size / (Size - 2.0)), -2.0 * j / Size));
        Assert.True(scheme.Serves!(20, 100));
        Assert.False(scheme.Serves!(100, 101));
        Assert.False(scheme.Serves!(101, 102));
    }

    [Theory]
    [InlineData("""{"original_max_position_embeddings": 64, "rope_scaling": {"type": "longrope", "short_factor": [SHORT], "long_factor": [LONG]}}""", 256)]
    [InlineData("""{"rope_parameters": {"rope_type": "longrope", "rope_theta": 10000.0, "original_max_position_embeddings": 64, "factor": 4.0, "short_factor": [SHORT], "long_factor": [LONG]}}""", 256)]
    [InlineData("""{"rope_scaling": {"rope_type": "longrope", "factor": 4.0, "short_factor": [SHORT], "long_factor": [LONG]}}""", 64)]
    public void Read_LongRope_DividesByOneListOrTheOther(string json, int configured)
    {
        static string List(Func<int, double> factor) => string.Join(", ", Enumerable.Range(0, Size / 2).Select(j => factor(j).ToString(CultureInfo.InvariantCulture)));
        json = json.Replace("SHORT", List(Short), StringComparison.Ordinal).Replace("LONG", List(Long), StringComparison.Ordinal);
        static double Short(int pair) => 1 + (0.25 * pair);
        static double Long(int pair) => 3 + (0.5 * pair);
        double magnitude = Math.Sqrt(1 + (Math.Log(4) / Math.Log(64)));

        RotaryScheme scheme = Read(json, configured);

        Assert.Equal(256, scheme.Positions);
        Check(scheme.At(64), magnitude, j => Math.Pow(10000, -2.0 * j / Size) / Short(j));
        Check(scheme.At(65), magnitude, j => Math.Pow(10000, -2.0 * j / Size) / Long(j));
        Assert.True(scheme.Serves!(2, 64) && scheme.Serves!(65, 256));
        Assert.False(scheme.Serves!(64, 65));
    }

    [Fact]
    public void Read_PartOfAHead_TurnsTheFirstEntries()
    {
        Check(Read("""{"partial_rotary_factor": 0.5}""", 100, share: 0.25).At(1), 1, j => Math.Pow(10000, -2.0 * j / (Size / 2)), Size / 4);
        Check(Read("""{"rope_parameters": {"partial_rotary_factor": 0.5}}""", 100, share: 1).At(1), 1, j => Math.Pow(10000, -2.0 * j / (Size / 2)), Size / 4);
        Check(Read("""{"rope_theta": 10000.0}""", 100, share: 0.25).At(1), 1, j => Math.Pow(10000, -2.0 * j / (Size / 4)), Size / 8);
    }

    /// <summary>Files for readers of both ages.</summary>
    [Fact]
    public void Read_ScalingSaidTwice_IsReadOnce() => Check(
        Read("""{"rope_theta": 10000.0, "rope_scaling": {"type": "linear", "factor": 4.0}, "rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0}}""", 9).At(1),
        1,
        j => Math.Pow(10000, -2.0 * j / Size) / 4);

    [Theory]
    [InlineData("""{"rope_scaling": {"type": "linear", "factor": 4.0}, "rope_parameters": {"rope_type": "linear", "factor": 2.0}}""", "disagree about factor")]
    [InlineData("""{"rope_scaling": {"type": "linear", "factor": 0}}""", "factor = 0")]
    [InlineData("""{"rope_scaling": {"type": "linear"}}""", "lacks the option factor")]
    [InlineData("""{"rope_scaling": {"type": "linear", "factor": 2.0, "beta_fast": 3}}""", "beta_fast = 3")]
    [InlineData("""{"rope_scaling": {"type": "ntk", "factor": 2.0}}""", "Supported: default, linear, dynamic, llama3, yarn, longrope")]
    [InlineData("""{"rope_scaling": {"type": "yarn", "factor": 2.0, "finetuned": false}}""", "finetuned")]
    [InlineData("""{"rope_scaling": {"type": "yarn", "factor": 2.0, "beta_fast": 1, "beta_slow": 2}}""", "beta_fast = 1")]
    [InlineData("""{"rope_scaling": {"type": "llama3", "factor": 2.0, "low_freq_factor": 4, "high_freq_factor": 4}}""", "low_freq_factor = 4")]
    [InlineData("""{"rope_scaling": {"type": "longrope", "factor": 2.0, "short_factor": [1, 2], "long_factor": [1, 2]}}""", "2 numbers in short_factor; 32")]
    [InlineData("""{"rope_scaling": {"type": "longrope", "factor": 2.0, "short_factor": 3, "long_factor": [1, 2]}}""", "a list of numbers is wanted")]
    [InlineData("""{"partial_rotary_factor": 0.5}""", "the family 'llama' turns all of it")]
    [InlineData("""{"rope_theta": -1}""", "rope_theta = -1")]
    public void Read_WhatCannotBe_SaysWhatIsWrong(string json, string part) =>
        Assert.Contains(part, Assert.Throws<ModelException>(() => Read(json, 64)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0.3)]
    [InlineData(1.5)]
    [InlineData(0.0)]
    public void Read_PartThatIsNoEvenNumber_SaysWhatIsWanted(double share) =>
        Assert.Contains("an even number is wanted", Assert.Throws<ModelException>(() => Read("""{"rope_theta": 10000}""", 64, share)).Message, StringComparison.Ordinal);

    private static RotaryScheme Read(string json, int positions, double? share = null)
    {
        ConfigReader config = ConfigReader.Parse("test", json[..^1] + """, "model_type": "llama"}""");
        RotaryScheme result = RotaryOptions.Read(config, new RotaryDefaults(Size, positions, Share: share));
        config.ThrowIfUnread();
        return result;
    }

    private static void Check(RotaryFrequencies actual, double magnitude, Func<int, double> expected, int pairs = Size / 2)
    {
        Assert.Equal(magnitude, actual.Magnitude, 1e-12);
        Assert.Equal(pairs, actual.PerPosition.Length);
        Assert.All(actual.PerPosition, (f, j) => Assert.InRange(f / expected(j), 1 - 1e-12, 1 + 1e-12));
    }
}
