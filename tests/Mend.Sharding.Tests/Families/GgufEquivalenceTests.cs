using System.Text.Json.Nodes;
using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding.Tests.Families;

/// <summary>GGUF files that no recorded values cover compute as the checkpoints do that they are made of.</summary>
public sealed class GgufEquivalenceTests
{
    [Theory]
    [InlineData("mixtral", ExpertForm.GatesWithUps)]
    [InlineData("mixtral", ExpertForm.OneByOne)]
    [InlineData("qwen3_moe", ExpertForm.GatesWithUps)]
    [InlineData("deepseek_v2", ExpertForm.GatesWithUps)]
    public async Task Open_ExpertsInAnotherForm_ComputesTheSame(string name, ExpertForm form)
    {
        using TemporaryFolder temporary = new();
        string folder = ModelFixtures.Folder($"families/{name}");
        Same(await LogitsAsync(folder), await LogitsAsync(GgufConversion.Write(folder, temporary["a.gguf"], experts: form)));
    }

    [Theory]
    [InlineData(ExpertForm.Stacks)]
    [InlineData(ExpertForm.GatesWithUps)]
    public async Task Open_Qwen2WithExperts_ComputesAsItsFolderDoes(ExpertForm form)
    {
        using TemporaryFolder temporary = new();
        string folder = Qwen2Moe(temporary["model"]);
        Same(await LogitsAsync(folder), await LogitsAsync(GgufConversion.Write(folder, temporary["a.gguf"], experts: form)));
    }

    /// <summary>Which layers know no positions is in no key; the fixture has others than the published models.</summary>
    [Fact]
    public async Task Open_SmolLm3_EveryFourthLayerKnowsNoPositions()
    {
        using TemporaryFolder temporary = new();
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of("families/smollm3", config => config.Remove("no_rope_layers"), _ => { });
        Same(await LogitsAsync(copy.Path), await LogitsAsync(GgufConversion.Write(copy.Path, temporary["a.gguf"])));
    }

    private static async Task<float[]> LogitsAsync(string path)
    {
        using ModelFolder model = ModelFolder.Open(path);
        using ShardChain chain = ModelFixtures.Load(model, 1);
        Pass pass = new() { Batch = new ModelBatch(1, [5, 17, 42, 8, 61, 3]), Outputs = PassOutputs.Logits };
        return (await chain.RunAsync(pass, PassHooks.None, default)).Logits!.Data;
    }

    private static void Same(float[] expected, float[] actual)
    {
        double scale = expected.Max(Math.Abs);
        (double worst, int at) = expected.Select((e, i) => ((double)Math.Abs(e - actual[i]), i)).Max();
        Assert.True(worst <= 1e-6 * scale, $"{expected[at]} is wanted at {at} and {actual[at]} is there; the largest is {scale}.");
    }

    /// <summary>A model of random weights with a shared expert, and a layer without experts.</summary>
    private static string Qwen2Moe(string folder)
    {
        Directory.CreateDirectory(folder);
        JsonObject config = new()
        {
            ["model_type"] = "qwen2_moe",
            ["vocab_size"] = 80,
            ["hidden_size"] = 32,
            ["intermediate_size"] = 48,
            ["num_hidden_layers"] = 3,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["max_position_embeddings"] = 64,
            ["rms_norm_eps"] = 0.01,
            ["rope_parameters"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = 10000.0 },
            ["num_experts"] = 4,
            ["num_experts_per_tok"] = 2,
            ["moe_intermediate_size"] = 24,
            ["shared_expert_intermediate_size"] = 40,
            ["norm_topk_prob"] = false,
            ["mlp_only_layers"] = new JsonArray(1),
            ["tie_word_embeddings"] = false,
        };
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        Random random = new(3);
        SafetensorsWriter.Write(Path.Combine(folder, Checkpoint.SingleFile), [.. ModelFamilies.Describe(ConfigReader.Open(folder)).Stages
            .SelectMany(s => s.Parameters).DistinctBy(p => p.Name)
            .Select(p => TensorData.FromFloats(p.Name, p.Stored, Enumerable.Range(0, (int)p.Stored.Length).Select(_ => (float)(random.NextDouble() - 0.4)).ToArray()))]);
        return folder;
    }
}
