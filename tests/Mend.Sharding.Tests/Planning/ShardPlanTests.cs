using Mend.Models;

namespace Mend.Sharding.Tests.Planning;

/// <summary>Where models may be cut: embeddings stay with the block after them, norms and heads with the block before.</summary>
public sealed class ShardPlanTests
{
    [Theory]
    [InlineData("gpt2", "EB B B BNH")]
    [InlineData("t5", "EB B BN EB B BNH")]
    [InlineData("bart", "EB B B EB B BH")]
    [InlineData("bert_classifier", "EB B B BH")]
    public void Balanced_AsManyShardsAsBlocks_CutsBetweenBlocksOnly(string name, string expected)
    {
        ModelArchitecture architecture = Describe(name);

        ShardPlan plan = ShardPlan.Balanced(architecture, architecture.Stages.Count(s => s.Kind == StageKind.Block));

        string kinds = string.Concat(architecture.Stages.Select(s => s.Kind.ToString()[0]));
        Assert.Equal(expected, string.Join(' ', plan.Shards.Select(s => kinds[s.Start..s.End])));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("t5_v1_1")]
    [InlineData("bart")]
    public void Balanced_AnyNumber_CoversEveryStageOnce(string name)
    {
        ModelArchitecture architecture = Describe(name);
        int blocks = architecture.Stages.Count(s => s.Kind == StageKind.Block);
        for (int shards = 1; shards <= blocks; shards++)
        {
            ShardPlan plan = ShardPlan.Balanced(architecture, shards);

            Assert.Equal(Enumerable.Range(0, architecture.Stages.Count), plan.Shards.SelectMany(s => Enumerable.Range(s.Start, s.End - s.Start)));
        }

        Assert.Throws<ShardPlanException>(() => ShardPlan.Balanced(architecture, blocks + 1));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("t5")]
    [InlineData("t5_v1_1")]
    [InlineData("bart")]
    public void Balanced_AnyNumber_HasTheSmallestLargestShardOfAllSplits(string name)
    {
        ModelArchitecture architecture = Describe(name);
        int blocks = architecture.Stages.Count(s => s.Kind == StageKind.Block);
        StageRange[] units = [.. ShardPlan.Balanced(architecture, blocks).Shards];
        Random random = new(1);
        Dictionary<string, long> weights = architecture.Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name).ToDictionary(p => p.Name, _ => random.NextInt64(1, 1000));
        foreach (Func<ParameterSpec, long> bytes in new Func<ParameterSpec, long>[] { p => p.Stored.Length, p => weights[p.Name] })
        {
            for (int shards = 1; shards <= blocks; shards++)
            {
                long best = Splits(units, shards).Min(split => split.Max(r => ShardPlan.StageBytes(architecture, r, bytes)));

                Assert.Equal(best, ShardPlan.Balanced(architecture, shards, bytes).Shards.Max(r => ShardPlan.StageBytes(architecture, r, bytes)));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(5)]
    public void Balanced_MoreShardsThanBlocksOrNone_SaysWhatIsPossible(int shards)
    {
        ShardPlanException error = Assert.Throws<ShardPlanException>(() => ShardPlan.Balanced(Describe("gpt2"), shards));

        Assert.Contains($"into {shards} shards; ask for 1 to 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Explicit_RangesInOrder_AreTaken()
    {
        ShardPlan plan = ShardPlan.Explicit(Describe("gpt2"), [new StageRange(0, 3), new StageRange(3, 7)]);

        Assert.Equal([0, 0, 0, 1, 1, 1, 1], Enumerable.Range(0, 7).Select(plan.ShardOf));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.ShardOf(7));
    }

    [Theory]
    [InlineData(new[] { 0, 3, 4, 7 }, "4..7 does not start where the one before ends (3)")]
    [InlineData(new[] { 0, 3, 2, 7 }, "2..7 does not start where the one before ends (3)")]
    [InlineData(new[] { 1, 7 }, "1..7 does not start where the one before ends (0)")]
    [InlineData(new[] { 0, 6 }, "end at stage 6 and the model has 7")]
    [InlineData(new int[0], "end at stage 0 and the model has 7")]
    public void Explicit_GapsOverlapsAndMissingStages_AreNamed(int[] bounds, string said)
    {
        StageRange[] ranges = [.. bounds.Chunk(2).Select(b => new StageRange(b[0], b[1]))];

        Assert.Contains(said, Assert.Throws<ShardPlanException>(() => ShardPlan.Explicit(Describe("gpt2"), ranges)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public void StageRange_EmptyOrNegative_IsRefused(int start, int end) => Assert.Throws<ArgumentOutOfRangeException>(() => new StageRange(start, end));

    /// <summary>Every way to give units in order to shards.</summary>
    private static IEnumerable<StageRange[]> Splits(StageRange[] units, int shards)
    {
        if (shards == 1)
        {
            yield return [new StageRange(units[0].Start, units[^1].End)];
            yield break;
        }

        for (int first = 1; first <= units.Length - shards + 1; first++)
        {
            foreach (StageRange[] rest in Splits(units[first..], shards - 1))
            {
                yield return [new StageRange(units[0].Start, units[first - 1].End), .. rest];
            }
        }
    }

    private static ModelArchitecture Describe(string name) => ModelFamilies.Describe(ConfigReader.Open(ModelFixtures.Folder(name)));
}
