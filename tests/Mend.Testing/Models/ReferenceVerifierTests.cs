using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;
using Xunit.Abstractions;

namespace Mend.Testing;

/// <summary>Every recorded tensor of every tiny checkpoint, however the model is split.</summary>
public abstract class ReferenceVerifierTests(IEngine engine, ITestOutputHelper output)
{
    private static readonly string[] Families = ["gpt2", "gpt_neo", "gptj", "llama", "t5", "t5_v1_1", "bart", "bert_classifier"];

    public static TheoryData<string, string> OneOfEachKind => new() { { "gptj", "gptj" }, { "t5", "t5" }, { "bart", "bart" }, { "bert_classifier", "bert_classifier" } };

    public static TheoryData<string, string> Models
    {
        get
        {
            TheoryData<string, string> data = new() { { "gpt2_sharded", "gpt2" }, { "gpt2_bf16", "gpt2_bf16" } };
            foreach (string family in Families)
            {
                data.Add(family, family);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task RunAsync_OneTwoAndThreeShards_EveryTensorWithinToleranceWithTheSameBits(string name, string recorded)
    {
        using ModelFolder model = ModelFolder.Open(ModelFixtures.Folder(name));
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(ModelFixtures.Folder(recorded), "expected.safetensors"));
        HashSet<string> digests = [];
        for (int shards = 1; shards <= 3; shards++)
        {
            using ShardChain chain = ModelFixtures.Load(model, shards, engine);
            ReferenceVerifier verifier = new(chain, expected);
            IReadOnlyList<ReferenceComparison> comparisons = await verifier.RunAsync(null, default);
            output.WriteLine($"{name}, {shards} shards: {comparisons.Count} tensors, worst {Worst(comparisons)}");
            Assert.All(comparisons, c => Assert.True(c.Passed, c.ToString()));
            digests.Add(verifier.Digest());
        }

        Assert.Single(digests);
    }

    [Theory]
    [MemberData(nameof(OneOfEachKind))]
    public async Task RunAsync_EveryPossibleSplitInTwo_TheSameBits(string name, string recorded)
    {
        using ModelFolder model = ModelFolder.Open(ModelFixtures.Folder(name));
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(ModelFixtures.Folder(recorded), "expected.safetensors"));
        HashSet<string> digests = [];
        int stages = model.Architecture.Stages.Count;
        for (int at = 1; at < stages; at++)
        {
            ShardPlan plan = ShardPlan.Explicit(model.Architecture, [new StageRange(0, at), new StageRange(at, stages)]);
            using ShardChain chain = ShardChain.Load(model.Architecture, plan, model.Checkpoint, engine);
            ReferenceVerifier verifier = new(chain, expected);
            await verifier.RunAsync(null, default);
            digests.Add(verifier.Digest());
        }

        Assert.Single(digests);
    }

    private static string Worst(IReadOnlyList<ReferenceComparison> comparisons)
    {
        ReferenceComparison worst = comparisons.MaxBy(c => c.Error == 0 ? 0 : c.Error / c.Tolerance)!;
        return $"{worst.Name}: {worst.Error:g2} of {worst.Tolerance:g2}";
    }
}
