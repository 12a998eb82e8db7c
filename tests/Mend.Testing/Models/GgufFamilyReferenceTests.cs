using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;
using Xunit.Abstractions;

namespace Mend.Testing;

/// <summary>
/// Hugging Face's values of the folders of fixtures/models/families from the same models as GGUF files: logits, hidden states, u and δ of
/// edited layers, an edited model and greedy tokens.
/// </summary>
public abstract class GgufFamilyReferenceTests(IEngine engine, ITestOutputHelper output)
{
    public static TheoryData<string> Families => [.. GgufConversion.Families];

    [Theory]
    [MemberData(nameof(Families))]
    public Task RunAsync_ConvertedFamily_EveryTensorWithinToleranceWithTheSameBits(string name) => CompareAsync(name, splitKeys: false);

    [Theory]
    [InlineData("deepseek_v2")]
    [InlineData("deepseek_v3")]
    public Task RunAsync_LatentAttentionInTwoStacks_EveryTensorWithinTolerance(string name) => CompareAsync(name, splitKeys: true);

    private async Task CompareAsync(string name, bool splitKeys)
    {
        using TemporaryFolder temporary = new();
        string folder = ModelFixtures.Folder($"families/{name}");
        using ModelFolder model = ModelFolder.Open(GgufConversion.Write(folder, temporary[$"{name}.gguf"], splitKeys));
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
        HashSet<string> digests = [];
        foreach (int shards in new[] { 1, 3 })
        {
            using ShardChain chain = ModelFixtures.Load(model, shards, engine);
            ReferenceVerifier verifier = new(chain, expected, folder: model);
            IReadOnlyList<ReferenceComparison> comparisons = await verifier.RunAsync(null, default);
            ReferenceComparison worst = comparisons.MaxBy(c => c.Error == 0 ? 0 : c.Error / c.Tolerance)!;
            output.WriteLine($"{name}, {shards} shards: {comparisons.Count} tensors, worst {worst.Name}: {worst.Error:g2} of {worst.Tolerance:g2}");
            Assert.All(comparisons, c => Assert.True(c.Passed, c.ToString()));
            Assert.True(comparisons.Count > 10, $"{comparisons.Count} tensors compared");
            digests.Add(verifier.Digest());
        }

        Assert.Single(digests);
    }
}
