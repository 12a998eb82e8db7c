namespace Mend.Models.Tests.Families;

/// <summary>Configurations of published checkpoints are understood to the last option and give the published number of parameters.</summary>
public sealed class PublishedConfigTests
{
    [Theory]
    [InlineData("distilgpt2", 81_912_576)]
    [InlineData("gpt2-xl", 1_557_611_200)]
    [InlineData("gpt-neo-2.7B", 2_651_307_520)]
    [InlineData("gpt-j-6B", 6_050_882_784)]
    [InlineData("t5-small", 60_506_624)]
    [InlineData("t5-xl", 2_849_757_184)]
    [InlineData("t5-xxl", 11_135_332_352)]
    [InlineData("bart-base", 139_420_416)]
    [InlineData("bert-base", 109_482_240 + 769)] // and the head of one logit
    [InlineData("llama-3-8b", 8_030_261_248)]
    [InlineData("llama-3.2-1b", 1_235_814_400)]
    [InlineData("mistral-7b", 7_241_732_096)]
    [InlineData("qwen2.5-14b", 14_770_033_664)]
    [InlineData("qwen3-8b", 8_190_735_360)]
    [InlineData("gemma-2-2b", 2_614_341_888)]
    [InlineData("gemma-3-1b", 999_885_952)]
    [InlineData("gemma-3-270m", 268_098_176)]
    [InlineData("phi-3-mini-4k", 3_821_079_552)]
    [InlineData("phi-4-mini", 3_836_021_760)]
    [InlineData("pythia-6.9b", 6_857_302_016)]
    [InlineData("gpt-neox-20b", 20_554_567_680)]
    [InlineData("opt-350m", 331_196_416)]
    [InlineData("opt-6.7b", 6_658_473_984)]
    [InlineData("olmo-2-7b", 7_298_617_344)]
    [InlineData("granite-3.1-8b", 8_170_848_256)]
    [InlineData("starcoder2-3b", 3_030_371_328)]
    [InlineData("smollm3-3b", 3_075_098_624)]
    [InlineData("starcoder", 15_517_456_384)]
    [InlineData("stablelm-3b-4e1t", 2_795_443_200)]
    [InlineData("falcon-7b", 7_217_189_760 - 295_469_056)] // the file holds its tied head once more
    [InlineData("falcon-40b", 41_835_970_560 - 532_676_608)] // and so does this one
    [InlineData("falcon-rw-1b", 1_311_625_216)]
    [InlineData("falcon2-11b", 11_102_822_400)]
    [InlineData("command-r", 34_980_831_232)]
    [InlineData("command-r-plus", 103_810_674_688)]
    [InlineData("command-r7b", 8_028_033_024)]
    [InlineData("mixtral-8x7b", 46_702_792_704)]
    [InlineData("qwen1.5-moe-a2.7b", 14_315_784_192)]
    [InlineData("qwen3-30b-a3b", 30_532_122_624)]
    [InlineData("deepseek-v2-lite", 15_706_484_224)]
    [InlineData("deepseek-v3", 671_026_419_200)]
    public void Describe_PublishedConfig_HasThePublishedNumberOfParameters(string name, long published)
    {
        ModelArchitecture architecture = Describe(name);

        Assert.Equal(published, architecture.Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name).Sum(p => p.Stored.Length));
    }

    /// <summary>What model cards call active parameters, tables included: 12.9, 2.7, 3.3, 2.7 and 37 billion.</summary>
    [Theory]
    [InlineData("mixtral-8x7b", 12_879_925_248)]
    [InlineData("qwen1.5-moe-a2.7b", 2_689_173_504)]
    [InlineData("qwen3-30b-a3b", 3_353_032_704)]
    [InlineData("deepseek-v2-lite", 2_661_150_208)]
    [InlineData("deepseek-v3", 37_552_297_472)]
    public void Describe_PublishedMixture_ReadsThePublishedShareForAToken(string name, long active) =>
        Assert.Equal(active, (long)Math.Round(Describe(name).Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name).Sum(p => p.Share * p.Stored.Length)));

    [Theory]
    [InlineData("distilgpt2", 6, "transformer.h.3.mlp.c_proj.weight", "transformer.h.5.mlp.c_fc.weight")]
    [InlineData("gpt-neo-2.7B", 6, "transformer.h.29.mlp.c_fc.weight", "transformer.h.31.mlp.c_proj.weight")]
    [InlineData("gpt-j-6B", 6, "transformer.h.25.mlp.fc_in.weight", "transformer.h.27.mlp.fc_out.weight")]
    [InlineData("t5-small", 8, "encoder.block.4.layer.1.DenseReluDense.wi.weight", "decoder.block.5.layer.2.DenseReluDense.wo.weight")]
    [InlineData("t5-xl", 8, "encoder.block.22.layer.1.DenseReluDense.wi_0.weight", "decoder.block.23.layer.2.DenseReluDense.wo.weight")]
    [InlineData("bart-base", 8, "model.encoder.layers.4.fc1.weight", "model.decoder.layers.5.fc2.weight")]
    [InlineData("bert-base", 6, "bert.encoder.layer.9.intermediate.dense.weight", "bert.encoder.layer.11.output.dense.weight")]
    [InlineData("llama-3-8b", 9, "model.layers.29.mlp.gate_proj.weight", "model.layers.31.mlp.down_proj.weight")]
    [InlineData("phi-4-mini", 6, "model.layers.29.mlp.gate_up_proj.weight", "model.layers.31.mlp.down_proj.weight")]
    [InlineData("pythia-6.9b", 6, "gpt_neox.layers.29.mlp.dense_h_to_4h.weight", "gpt_neox.layers.31.mlp.dense_4h_to_h.weight")]
    [InlineData("opt-350m", 6, "model.decoder.layers.21.fc1.weight", "model.decoder.layers.23.fc2.weight")]
    [InlineData("starcoder2-3b", 6, "model.layers.27.mlp.c_fc.weight", "model.layers.29.mlp.c_proj.weight")]
    [InlineData("starcoder", 6, "transformer.h.37.mlp.c_fc.weight", "transformer.h.39.mlp.c_proj.weight")]
    [InlineData("falcon-40b", 6, "transformer.h.57.mlp.dense_h_to_4h.weight", "transformer.h.59.mlp.dense_4h_to_h.weight")]
    [InlineData("gemma-3-1b", 9, "model.layers.23.mlp.gate_proj.weight", "model.layers.25.mlp.down_proj.weight")]
    [InlineData("mixtral-8x7b", 24, "model.layers.29.block_sparse_moe.experts.0.w2.weight", "model.layers.31.block_sparse_moe.experts.7.w2.weight")]
    [InlineData("deepseek-v2-lite", 195, "model.layers.24.mlp.experts.0.down_proj.weight", "model.layers.26.mlp.shared_experts.down_proj.weight")]
    public void DefaultEditedLayers_PublishedConfig_AreTheLastMlps(string name, int count, string first, string last)
    {
        ModelArchitecture architecture = Describe(name);

        Assert.Equal(count, architecture.DefaultEditedLayers.Count);
        Assert.Equal((first, last), (architecture.DefaultEditedLayers[0], architecture.DefaultEditedLayers[^1]));
        Assert.All(architecture.DefaultEditedLayers, layer => Assert.True(architecture.Linear(layer).IsLinear));
    }

    private static ModelArchitecture Describe(string name) => ModelFamilies.Describe(ConfigReader.Open(Fixtures.Path("configs", name)));
}
