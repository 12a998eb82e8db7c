using System.Text.Json.Nodes;
using Mend.Models;

namespace Mend.Editing.Tests.Editors;

/// <summary>Which layers the joint method edits where nobody says.</summary>
public sealed class RecommendedLayersTests
{
    /// <summary>Models of three or four blocks have one; experts are passed over for the attention's output.</summary>
    [Theory]
    [InlineData("families/cohere", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/cohere2", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/cohere_qk_norm", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/deepseek_v2", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/deepseek_v3", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/falcon", "transformer.h.0.mlp.dense_4h_to_h.weight")]
    [InlineData("families/falcon_7b", "transformer.h.0.mlp.dense_4h_to_h.weight")]
    [InlineData("families/gemma2", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/gemma3_text", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/gemma3_text_linear", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/gpt_bigcode", "transformer.h.0.mlp.c_proj.weight")]
    [InlineData("families/gpt_neox", "gpt_neox.layers.0.mlp.dense_4h_to_h.weight")]
    [InlineData("families/gpt_neox_sequential", "gpt_neox.layers.0.mlp.dense_4h_to_h.weight")]
    [InlineData("families/granite", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/llama_rope_dynamic", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/llama_rope_linear", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/llama_rope_llama3", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/llama_rope_longrope", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/llama_rope_yarn", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/llama_rope_yarn_options", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/mixtral", "model.layers.0.self_attn.o_proj.weight")]
    [InlineData("families/olmo2", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/opt", "model.decoder.layers.0.fc2.weight")]
    [InlineData("families/opt_postnorm", "model.decoder.layers.0.fc2.weight")]
    [InlineData("families/phi3", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/phi3_longrope", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/qwen3_moe", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/smollm3", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/stablelm", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/stablelm_parallel", "model.layers.0.mlp.down_proj.weight")]
    [InlineData("families/starcoder2", "model.layers.0.mlp.c_proj.weight")]
    [InlineData("gpt2", "transformer.h.0.mlp.c_proj.weight")]
    [InlineData("gpt_neo", "transformer.h.0.mlp.c_proj.weight")]
    [InlineData("gptj", "transformer.h.0.mlp.fc_out.weight")]
    [InlineData("llama", "model.layers.0.mlp.down_proj.weight")]
    public void Joint_TinyModel_IsTheFirstBlocksOutput(string model, string layer) =>
        Assert.Equal([layer], RecommendedLayers.Joint(ModelFamilies.Describe(ConfigReader.Open(Fixtures.Path("models", model)))));

    /// <summary>Where edits shift at their answers: the last half, at most nine.</summary>
    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(6, 3, 3)]
    [InlineData(7, 3, 4)]
    [InlineData(48, 39, 9)]
    public void Joint_AnswerRows_AreTheLastLayers(int blocks, int first, int count)
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(Fixtures.Path("models", "gpt2", "config.json")))!;
        config["n_layer"] = blocks;
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["config.json"], config.ToJsonString());

        Assert.Equal(
            Enumerable.Range(first, count).Select(b => $"transformer.h.{b}.mlp.c_proj.weight"),
            RecommendedLayers.Joint(ModelFamilies.Describe(ConfigReader.Open(folder[""])), JointRows.Answer));
    }

    /// <summary>From an eighth of the depth on, three tenths of it.</summary>
    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(6, 1, 1)]
    [InlineData(12, 1, 3)]
    [InlineData(24, 3, 7)]
    [InlineData(30, 4, 9)]
    [InlineData(48, 6, 14)]
    public void Joint_Depth_DecidesWhereAndHowMany(int blocks, int first, int count)
    {
        using TemporaryFolder folder = new();
        JsonNode config = JsonNode.Parse(File.ReadAllText(Fixtures.Path("models", "gpt2", "config.json")))!;
        config["n_layer"] = blocks;
        folder.With("config.json", config);

        IReadOnlyList<string> layers = RecommendedLayers.Joint(ModelFamilies.Describe(ConfigReader.Open(folder.Path)));

        Assert.Equal(Enumerable.Range(first, count).Select(b => $"transformer.h.{b}.mlp.c_proj.weight"), layers);
    }
}
