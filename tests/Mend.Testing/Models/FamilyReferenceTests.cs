using Mend.Models;
using Mend.Models.Execution;
using Mend.Sharding;
using Mend.Tensors;
using Xunit.Abstractions;

namespace Mend.Testing;

/// <summary>
/// Hugging Face's values of every folder of fixtures/models/families: logits, hidden states, u and δ of edited layers, an edited
/// model and greedy tokens, with the configuration as the library's version 5 writes it and as version 4 did.
/// </summary>
public abstract class FamilyReferenceTests(IEngine engine, ITestOutputHelper output)
{
    public static TheoryData<string, string> Configurations
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string folder in Directory.GetDirectories(ModelFixtures.Folder("families")).Order(StringComparer.Ordinal))
            {
                data.Add(Path.GetFileName(folder), "config.json");
                data.Add(Path.GetFileName(folder), "config.transformers4.json");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public async Task RunAsync_OneAndThreeShards_EveryTensorWithinToleranceWithTheSameBits(string name, string configuration)
    {
        string folder = ModelFixtures.Folder($"families/{name}");
        ModelArchitecture architecture = ModelFamilies.Describe(ConfigReader.Open(Path.Combine(folder, configuration)));
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
        HashSet<string> digests = [];
        foreach (int shards in new[] { 1, 3 })
        {
            using ShardChain chain = ShardChain.Load(architecture, ShardPlan.Balanced(architecture, shards), checkpoint, engine);
            ReferenceVerifier verifier = new(chain, expected);
            IReadOnlyList<ReferenceComparison> comparisons = await verifier.RunAsync(null, default);
            ReferenceComparison worst = comparisons.MaxBy(c => c.Error == 0 ? 0 : c.Error / c.Tolerance)!;
            output.WriteLine($"{name}, {shards} shards: {comparisons.Count} tensors, worst {worst.Name}: {worst.Error:g2} of {worst.Tolerance:g2}");
            Assert.All(comparisons, c => Assert.True(c.Passed, c.ToString()));
            digests.Add(verifier.Digest());
        }

        Assert.Single(digests);
    }

    /// <summary>The layers that a family edits by default, and all that it reads, are in the checkpoint under the names and shapes that it says.</summary>
    [Theory]
    [MemberData(nameof(Configurations))]
    public void Describe_LayersAndParameters_AreThoseOfTheCheckpoint(string name, string configuration)
    {
        string folder = ModelFixtures.Folder($"families/{name}");
        ModelArchitecture architecture = ModelFamilies.Describe(ConfigReader.Open(Path.Combine(folder, configuration)));
        using Checkpoint checkpoint = Checkpoint.Open(folder);

        Assert.NotEmpty(architecture.DefaultEditedLayers);
        Assert.All(architecture.DefaultEditedLayers, layer => Assert.Equal(architecture.Linear(layer).Stored, StoredParameters.Get(checkpoint, layer).Shape));
        Assert.All(architecture.Stages.SelectMany(s => s.Parameters), p => StoredParameters.Get(checkpoint, p.Name, p.Stored));
    }
}
