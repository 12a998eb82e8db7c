using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;
using Xunit.Abstractions;

namespace Mend.Testing;

/// <summary>
/// Every file of fixtures/gguf: logits and greedy tokens of the model that Hugging Face's library builds from the dequantised weights, and
/// the weights themselves.
/// </summary>
public abstract class GgufReferenceTests(IEngine engine, ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(GgufCases.Names), MemberType = typeof(GgufCases))]
    public async Task RunAsync_OneShardAndAsManyAsBlocks_EveryTensorWithinToleranceWithTheSameBits(string name)
    {
        using ModelFolder model = ModelFolder.Open(GgufCases.Path(name));
        using SafetensorsFile expected = SafetensorsFile.Open(Fixtures.Path("gguf", name, "expected.safetensors"));
        HashSet<string> digests = [];
        int blocks = model.Architecture.Stages.Count(s => s.Kind == StageKind.Block);
        foreach (int shards in new[] { 1, blocks }.Distinct())
        {
            using ShardChain chain = ModelFixtures.Load(model, shards, engine);
            ReferenceVerifier verifier = new(chain, expected, folder: model);
            IReadOnlyList<ReferenceComparison> comparisons = await verifier.RunAsync(null, default);
            output.WriteLine(string.Join('\n', comparisons));
            Assert.All(comparisons, c => Assert.True(c.Passed, c.ToString()));
            Assert.Contains(comparisons, c => c.Name == "logits");
            Assert.Contains(comparisons, c => c.Name == "generated");
            Assert.Contains(comparisons, c => c.Name.StartsWith("weights/", StringComparison.Ordinal));
            digests.Add(verifier.Digest());
        }

        Assert.Single(digests);
    }
}
