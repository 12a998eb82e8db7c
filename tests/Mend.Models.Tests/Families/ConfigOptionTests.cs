using System.Text.Json.Nodes;

namespace Mend.Models.Tests.Families;

/// <summary>Options that a family does not know, or knows at other values, are errors that name them.</summary>
public sealed class ConfigOptionTests
{
    public static TheoryData<string> OneOfEachFamily =>
    [
        "gpt2-xl", "gpt-neo-2.7B", "gpt-j-6B", "t5-xl", "bart-base", "bert-base", "llama-3-8b", "mistral-7b", "qwen2.5-14b", "qwen3-8b",
        "phi-4-mini", "pythia-6.9b", "opt-350m", "olmo-2-7b", "granite-3.1-8b", "starcoder2-3b", "smollm3-3b", "starcoder", "stablelm-2-12b",
        "falcon-7b", "command-r", "command-r7b", "mixtral-8x7b", "qwen1.5-moe-a2.7b", "qwen3-30b-a3b", "deepseek-v2-lite", "deepseek-v3",
    ];

    [Theory]
    [MemberData(nameof(OneOfEachFamily))]
    public void Describe_UnknownOption_IsAnErrorThatNamesIt(string name) =>
        Assert.Contains("attn_temperature", Refuse(name, ("attn_temperature", 50.0)).Message, StringComparison.Ordinal);

    /// <summary>Older versions of Hugging Face's library write these into every configuration.</summary>
    [Theory]
    [MemberData(nameof(OneOfEachFamily))]
    public void Describe_WiringThatIsNotThere_IsAcceptedAsFalseOnly(string name)
    {
        string[] options = ["is_decoder", "add_cross_attention", "tie_encoder_decoder"];

        ModelFamilies.Describe(Changed(name, [.. options.Select(o => (o, (JsonNode)false))]));

        Assert.All(options, option => Assert.Contains(option, Refuse(name, (option, true)).Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rope_scaling")]
    [InlineData("rope_parameters")]
    public void Describe_UnknownOptionOfARopeScaling_IsAnErrorThatNamesIt(string section)
    {
        JsonObject scaling = new() { ["rope_type"] = "linear", ["factor"] = 2.0, ["short_factor"] = 3.0 };

        Assert.Contains("short_factor", Refuse("llama-3-8b", (section, scaling)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mrope")]
    [InlineData("ntk")]
    public void Describe_UnsupportedRopeScaling_NamesTheSupportedOnes(string type)
    {
        JsonObject scaling = new() { ["type"] = type, ["factor"] = 2.0 };

        Assert.Contains("linear, dynamic, llama3, yarn, longrope", Refuse("llama-3-8b", ("rope_scaling", scaling)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_BertWithThreeLabels_SaysThatOneIsSupported() =>
        Assert.Contains("3 labels", Refuse("bert-base", ("num_labels", 3)).Message, StringComparison.Ordinal);

    [Fact]
    public void Describe_BertWithRelativePositions_SaysWhatIsSupported() =>
        Assert.Contains("absolute", Refuse("bert-base", ("position_embedding_type", "relative_key")).Message, StringComparison.Ordinal);

    [Fact]
    public void Describe_T5WhoseOptionsContradictEachOther_IsAnError() =>
        Assert.Contains("dense_act_fn", Refuse("t5-xl", ("dense_act_fn", "relu")).Message, StringComparison.Ordinal);

    [Fact]
    public void Describe_BartWithNormsBeforeEachPart_IsAnError() =>
        Assert.Contains("normalize_before", Refuse("bart-base", ("normalize_before", true)).Message, StringComparison.Ordinal);

    [Fact]
    public void Describe_GptNeoWithTooFewAttentionTypes_NamesBothCounts()
    {
        JsonArray types = [new JsonArray(new JsonArray("global", "local"), 8)];

        string message = Refuse("gpt-neo-2.7B", ("attention_types", types)).Message;

        Assert.Contains("16 layers", message, StringComparison.Ordinal);
        Assert.Contains("num_layers = 32", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_LayerTypesOfAnotherLength_IsAnError() =>
        Assert.Contains("1 of 48", Refuse("qwen2.5-14b", ("layer_types", new JsonArray("full_attention"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Describe_GptJWithOddRotaryDim_IsAnError() =>
        Assert.Contains("rotary_dim = 63", Refuse("gpt-j-6B", ("rotary_dim", 63)).Message, StringComparison.Ordinal);

    /// <summary>Options of the families' own releases that Hugging Face's library has at one value only, and those at values that make no sense.</summary>
    [Theory]
    [InlineData("gemma-2-2b", "use_bidirectional_attention", "true")]
    [InlineData("gemma-2-2b", "sliding_window", "0")]
    [InlineData("gemma-2-2b", "query_pre_attn_scalar", "0")]
    [InlineData("gemma-2-2b", "attn_logit_softcapping", "0")]
    [InlineData("gemma-2-2b", "final_logit_softcapping", "-1")]
    [InlineData("gemma-3-1b", "sliding_window_pattern", "0")]
    [InlineData("gemma-3-1b", "query_pre_attn_scalar", "-3")]
    [InlineData("gemma-3-270m", "layer_types", """["full_attention"]""")]
    [InlineData("phi-4-mini", "full_attn_mod", "2")]
    [InlineData("phi-4-mini", "lm_head_bias", "true")]
    [InlineData("phi-4-mini", "partial_rotary_factor", "0.5")] // then the lists are too long
    [InlineData("pythia-6.9b", "rotary_pct", "1.5")]
    [InlineData("opt-350m", "scale_embeddings", "true")]
    [InlineData("olmo-2-7b", "clip_qkv", "8.0")]
    [InlineData("granite-3.1-8b", "logits_scaling", "0")]
    [InlineData("starcoder2-3b", "mlp_type", "\"gated\"")]
    [InlineData("starcoder2-3b", "norm_type", "\"rms_norm\"")]
    [InlineData("smollm3-3b", "no_rope_layers", "[1, 0]")]
    [InlineData("smollm3-3b", "no_rope_layers", "3")]
    [InlineData("smollm3-3b", "no_rope_layers", "[1, 2]")]
    [InlineData("falcon-7b", "apply_residual_connection_post_layernorm", "true")]
    [InlineData("falcon-7b", "num_ln_in_parallel_attn", "2")]
    [InlineData("falcon-40b", "parallel_attn", "false")]
    [InlineData("falcon-40b", "num_kv_heads", "7")]
    [InlineData("falcon-40b", "num_ln_in_parallel_attn", "3")]
    [InlineData("command-r7b", "use_qk_norm", "true")]
    [InlineData("command-r7b", "rotary_pct", "0.5")]
    [InlineData("command-r7b", "layer_switch", "\"four\"")]
    [InlineData("command-r7b", "order_of_interleaved_layers", "\"global_attn_first\"")]
    [InlineData("command-r7b", "use_embedding_sharing", "false")]
    public void Describe_OptionAtAValueThatIsNotSupported_IsAnErrorThatNamesIt(string name, string option, string value)
    {
        string message = Refuse(name, (option, JsonNode.Parse(value)!)).Message;

        Assert.Contains(name == "phi-4-mini" && option == "partial_rotary_factor" ? "short_factor" : option, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mixtral-8x7b", "num_experts_per_tok", "9", "num_experts_per_tok = 9")]
    [InlineData("mixtral-8x7b", "num_local_experts", "-1", "num_local_experts = -1")]
    [InlineData("mixtral-8x7b", "num_local_experts", "1000000000", "which may be 100000")]
    [InlineData("mixtral-8x7b", "num_experts", "4", "num_local_experts = 8 and num_experts = 4")]
    [InlineData("mixtral-8x7b", "sliding_window", "0", "sliding_window = 0")]
    [InlineData("qwen3-30b-a3b", "decoder_sparse_step", "0", "decoder_sparse_step = 0")]
    [InlineData("qwen3-30b-a3b", "mlp_only_layers", "3", "a list of layers' numbers")]
    [InlineData("qwen3-30b-a3b", "mlp_only_layers", "[0.5]", "a list of layers' numbers")]
    [InlineData("deepseek-v2-lite", "topk_method", "\"random\"", "Supported: greedy, group_limited_greedy")]
    [InlineData("deepseek-v2-lite", "scoring_func", "\"sigmoid\"", "supports \"softmax\" only")]
    [InlineData("deepseek-v2-lite", "v_head_dim", "0", "v_head_dim = 0")]
    [InlineData("deepseek-v2-lite", "q_lora_rank", "-4", "a matrix that cannot be")]
    [InlineData("deepseek-v3", "scoring_func", "\"softmax\"", "supports \"sigmoid\" only")]
    [InlineData("deepseek-v3", "topk_method", "\"greedy\"", "supports \"noaux_tc\" only")]
    [InlineData("deepseek-v3", "topk_group", "9", "topk_group = 9 of n_group = 8")]
    [InlineData("deepseek-v3", "n_group", "7", "n_group = 7")]
    [InlineData("deepseek-v3", "num_key_value_heads", "64", "num_key_value_heads = 64")]
    [InlineData("deepseek-v3", "moe_layer_freq", "0", "moe_layer_freq = 0")]
    public void Describe_MixtureWhoseOptionsCannotBe_NamesThem(string name, string option, string value, string part) =>
        Assert.Contains(part, Refuse(name, (option, JsonNode.Parse(value)!)).Message, StringComparison.Ordinal);

    /// <summary>As files of quantised checkpoints have it.</summary>
    [Theory]
    [InlineData("deepseek-v3", """{"activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8", "weight_block_size": [128, 128]}""", "fp8 e4m3 in blocks of 128 x 128")]
    [InlineData("mixtral-8x7b", """{"bits": 4, "desc_act": false, "group_size": 128, "quant_method": "gptq", "sym": true}""", "gptq, 4 bits")]
    [InlineData("llama-3-8b", """{"bits": 4, "group_size": 128, "quant_method": "awq", "version": "gemm", "zero_point": true}""", "awq, 4 bits")]
    [InlineData("gpt2-xl", """{"load_in_8bit": true}""", "something without a name")]
    [InlineData("gpt2-xl", "7", "something without a name")]
    public void Describe_QuantisedWeights_NamesTheFormat(string name, string format, string part) =>
        Assert.Contains(part, Refuse(name, ("quantization_config", JsonNode.Parse(format)!)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("gpt2-xl", "n_layer", 0)]
    [InlineData("gpt2-xl", "n_layer", 1_000_000_000)]
    [InlineData("gpt2-xl", "n_embd", -1600)]
    [InlineData("gpt-neo-2.7B", "num_layers", -1)]
    [InlineData("gpt-j-6B", "vocab_size", -1)]
    [InlineData("t5-xl", "d_ff", 0)]
    [InlineData("bart-base", "encoder_ffn_dim", -5)]
    [InlineData("bert-base", "type_vocab_size", 0)]
    [InlineData("llama-3-8b", "head_dim", 2_000_000_000)]
    [InlineData("qwen3-8b", "intermediate_size", -1)]
    public void Describe_SizeThatNoModelHas_NamesIt(string name, string option, int value) =>
        Assert.Contains($"{option} = {value}", Refuse(name, (option, value)).Message, StringComparison.Ordinal);

    private static ModelException Refuse(string name, params (string Option, JsonNode Value)[] changes) =>
        Assert.Throws<ModelException>(() => ModelFamilies.Describe(Changed(name, changes)));

    private static ConfigReader Changed(string name, params (string Option, JsonNode Value)[] changes)
    {
        string file = Fixtures.Path("configs", name, "config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        foreach ((string option, JsonNode value) in changes)
        {
            config[option] = value;
        }

        return ConfigReader.Parse(file, config.ToJsonString());
    }
}
