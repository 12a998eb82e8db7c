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

    private static ModelArchitecture Describe(string name) => ModelFamilies.Describe(ConfigReader.Open(ModelFixtures.Folder(name)));
}
