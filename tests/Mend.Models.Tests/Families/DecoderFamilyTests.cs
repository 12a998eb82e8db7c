using Mend.Models.Tests.Families.Naive;

namespace Mend.Models.Tests.Families;

/// <summary>The families of decoders with the options that published checkpoints have, forward and backward, against a naive float64 computation.</summary>
public sealed class DecoderFamilyTests
{
    private const int Width = 24, Inner = 20, Vocabulary = 31, Heads = 4, Size = 6;

    public static TheoryData<string, Variant> Variants { get; } = new()
    {
        { "gemma2, no limits, biases, layers in another order", new("gemma2", $$""" {{Llama(2)}}, "head_dim": 8, "query_pre_attn_scalar": 5, "attn_logit_softcapping": null, "final_logit_softcapping": null, "attention_bias": true, "sliding_window": 3, "layer_types": ["full_attention", "sliding_attention"] """, w => Gemma(w) with { Positional = l => (l == 1 ? 3 : null, 8, 10000) }) },
        { "gemma2, as published", new("gemma2", $$""" {{Llama(2)}}, "head_dim": 8, "query_pre_attn_scalar": 5, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0, "sliding_window": 3, "hidden_act": "gelu_pytorch_tanh", "hidden_activation": "gelu_pytorch_tanh", "cache_implementation": "hybrid" """, w => Gemma(w) with { ScoreCap = 2, LogitCap = 3, Positional = l => (l == 0 ? 3 : null, 8, 10000) }) },
        { "gemma3, limits, pattern, scaled", new("gemma3_text", $$""" {{Llama(1)}}, "head_dim": 8, "query_pre_attn_scalar": 5, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0, "sliding_window": 3, "sliding_window_pattern": 2, "rope_theta": 900.0, "rope_local_base_freq": 50.0 """, w => Gemma(w) with { KeyHeads = 1, ScoreCap = 2, LogitCap = 3, Positional = l => l == 0 ? (3, 8, 50) : (null, 8, 900) }) },
        { "gemma3, positions by kind of layer, own head", new("gemma3_text", Llama(2) + """, "head_dim": 8, "query_pre_attn_scalar": 5, "sliding_window": 2, "layer_types": ["full_attention", "sliding_attention"], "tie_word_embeddings": false, "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 900.0}, "sliding_attention": {"rope_type": "default", "rope_theta": 50.0}} """, w => Gemma(w) with { Head = "lm_head", Positional = l => l == 1 ? (2, 8, 50) : (null, 8, 900) }) },
        { "olmo2, biases, tied, as many keys as queries", new("olmo2", $$""" {{Llama(4)}}, "attention_bias": true, "tie_word_embeddings": true, "rope_theta": 900.0 """, w => Plain(w, 4) with { BeforeAttention = null, AfterAttention = "post_attention_layernorm", BeforeMlp = null, AfterMlp = "post_feedforward_layernorm", Head = "model.embed_tokens", Positional = _ => (null, 6, 900) }) },
        { "granite, biases, own head", new("granite", $$""" {{Llama(2)}}, "attention_bias": true, "mlp_bias": true, "tie_word_embeddings": false, "embedding_multiplier": 3.0, "residual_multiplier": 0.6, "attention_multiplier": 0.3, "logits_scaling": 4.0 """, w => Plain(w, 2) with { EmbeddingScale = 3, ResidualScale = 0.6, ScoreScale = 0.3, LogitScale = 0.25, Positional = _ => (null, 6, 10000) }) },
        { "smollm3, every second layer knows no positions, window there", new("smollm3", $$""" {{Llama(2)}}, "no_rope_layer_interval": 2, "use_sliding_window": true, "sliding_window": 3, "attention_bias": true, "mlp_bias": true, "rope_theta": 900.0 """, w => Plain(w, 2) with { Head = "model.embed_tokens", Positional = l => l == 1 ? (3, 0, 0) : (null, 6, 900) }) },
        { "smollm3, window by layer types", new("smollm3", $$""" {{Llama(2)}}, "no_rope_layers": [0, 1], "use_sliding_window": true, "sliding_window": 3, "layer_types": ["full_attention", "sliding_attention"], "tie_word_embeddings": false """, w => Plain(w, 2) with { Positional = l => l == 0 ? (null, 0, 0) : (3, 6, 2e6) }) },
        { "phi3, part of each head, tied", new("phi3", $$""" {{Llama(2)}}, "head_dim": 8, "partial_rotary_factor": 0.75, "tie_word_embeddings": true, "attention_bias": false, "mlp_bias": false, "lm_head_bias": false, "full_attn_mod": 1, "interpolate_factor": 1 """, w => Phi(w) with { HeadSize = 8, Head = "model.embed_tokens", Positional = _ => (null, 6, 10000) }) },
        { "phi3, window", new("phi3", $$""" {{Llama(4)}}, "sliding_window": 3, "rope_parameters": {"rope_type": "default", "rope_theta": 900.0, "partial_rotary_factor": 1.0} """, w => Phi(w) with { KeyHeads = 4, Positional = _ => (3, 6, 900) }) },
        { "starcoder2, no biases, own head", new("starcoder2", $$""" {{Kin(2)}}, "norm_epsilon": 1e-5, "use_bias": false, "sliding_window": null, "tie_word_embeddings": false, "hidden_act": "gelu", "mlp_type": "default", "norm_type": "layer_norm", "scale_attn_weights": true """, w => Plain(w, 2) with { Norms = "layer", Mlp = ["mlp.c_fc", "mlp.c_proj"], Activation = NaiveDecoder.Gelu, Positional = _ => (null, 6, 10000) }) },
        { "starcoder2, window", new("starcoder2", $$""" {{Kin(1)}}, "norm_epsilon": 1e-5, "sliding_window": 3, "rope_theta": 900.0 """, w => Plain(w, 1) with { Norms = "layer", Mlp = ["mlp.c_fc", "mlp.c_proj"], Activation = NaiveDecoder.GeluTanh, Head = "model.embed_tokens", Positional = _ => (3, 6, 900) }) },
        { "stablelm, side by side, biases, head norms, whole heads", new("stablelm", $$""" {{Kin(2)}}, "layer_norm_eps": 1e-5, "use_parallel_residual": true, "use_qkv_bias": true, "qk_layernorm": true, "partial_rotary_factor": 1.0, "tie_word_embeddings": true """, w => Plain(w, 2) with { Norms = "layer", SideBySide = true, BeforeMlp = null, Head = "model.embed_tokens", Positional = _ => (null, 6, 10000) }) },
        { "stablelm, a third of each head", new("stablelm", $$""" {{Kin(4)}}, "layer_norm_eps": 1e-5, "rope_pct": 0.34 """, w => Plain(w, 4) with { Norms = "layer", Positional = _ => (null, 2, 10000) }) },
        { "cohere, biases, head norms, own head", new("cohere", $$""" {{Kin(2)}}, "layer_norm_eps": 1e-5, "use_qk_norm": true, "attention_bias": true, "tie_word_embeddings": false, "logit_scale": 0.5, "rope_theta": 900.0, "model_max_length": 131072 """, w => Cohere(w) with { LogitScale = 0.5, Head = "lm_head", Positional = _ => (null, 6, 900) }) },
        { "cohere2, in its maker's words", new("cohere2", $$""" {{Kin(2)}}, "head_dim": 8, "layer_norm_eps": 1e-5, "logit_scale": 0.25, "sliding_window": 3, "layer_switch": 2, "order_of_interleaved_layers": "local_attn_first", "position_embedding_type": "rope_gptj", "rotary_pct": 1.0, "use_embedding_sharing": true, "use_gated_activation": true, "use_parallel_block": true, "use_parallel_embedding": true, "rope_theta": 50000 """, w => Cohere(w) with { HeadSize = 8, LogitScale = 0.25, Positional = l => l == 0 ? (3, 8, 50000) : (null, 0, 0) }) },
        { "gpt_neox, whole heads, no attention biases, tied", new("gpt_neox", """ "num_attention_heads": 4, "rotary_pct": 1.0, "rotary_emb_base": 900, "attention_bias": false, "tie_word_embeddings": true, "layer_norm_eps": 1e-5, "hidden_act": "gelu_fast" """, w => NeoX(w) with { SideBySide = true, Activation = NaiveDecoder.GeluTanh, Head = "gpt_neox.embed_in", Positional = _ => (null, 6, 900) }) },
        { "gpt_neox, one after the other", new("gpt_neox", """ "num_attention_heads": 4, "rope_parameters": {"rope_type": "default", "rope_theta": 900.0, "partial_rotary_factor": 0.67}, "use_parallel_residual": false """, w => NeoX(w) with { Positional = _ => (null, 4, 900) }) },
        { "gpt_bigcode, a key head per query head, own head, unscaled", new("gpt_bigcode", """ "n_head": 4, "multi_query": false, "scale_attn_weights": false, "tie_word_embeddings": false, "attention_softmax_in_fp32": true, "inference_runner": 0, "pre_allocate_kv_cache": false, "validate_runner_input": true, "pad_key_length": true """, w => BigCode(w) with { KeyHeads = 4, ScoreScale = 1, Head = "lm_head" }) },
        { "gpt_bigcode, one key head", new("gpt_bigcode", """ "n_head": 4 """, BigCode) },
        { "falcon, one after the other, linear biases, a key head per query head", new("falcon", """ "num_attention_heads": 4, "alibi": true, "bias": true, "multi_query": false, "parallel_attn": false, "new_decoder_architecture": false, "apply_residual_connection_post_layernorm": false """, w => FalconOf(w) with { Alibi = true, BeforeMlp = "post_attention_layernorm", SideBySide = false, KeyHeads = 4 }) },
        { "falcon, linear biases for heads that are no power of two", new("falcon", """ "num_attention_heads": 6, "alibi": true, "multi_query": true """, w => FalconOf(w) with { Alibi = true, Heads = 6, HeadSize = 4 }) },
        { "falcon, groups on one norm, own head", new("falcon", """ "num_attention_heads": 4, "new_decoder_architecture": true, "num_kv_heads": 2, "num_ln_in_parallel_attn": 1, "tie_word_embeddings": false, "ff_factor": 4, "rope_theta": 900.0 """, w => FalconOf(w) with { KeyHeads = 2, Head = "lm_head", Positional = _ => (null, 6, 900) }) },
        { "falcon, groups on two norms, biases", new("falcon", """ "num_attention_heads": 4, "new_decoder_architecture": true, "n_head_kv": 2, "bias": true, "rope_scaling": {"type": "linear", "factor": 1.0} """, w => FalconOf(w) with { KeyHeads = 2, BeforeAttention = "ln_attn", BeforeMlp = "ln_mlp", Positional = _ => (null, 6, 10000) }) },
        { "falcon, keys of their own in the older architecture", new("falcon", """ "num_attention_heads": 4, "multi_query": false, "num_kv_heads": 2 """, w => FalconOf(w) with { KeyHeads = 4, Positional = _ => (null, 6, 10000) }) },
        { "opt, no biases, plain norms, no last norm, own head", new("opt", """ "num_attention_heads": 4, "enable_bias": false, "layer_norm_elementwise_affine": false, "_remove_final_layer_norm": true, "tie_word_embeddings": false, "activation_function": "gelu", "learned_embeddings": true, "scale_embeddings": false """, w => OptOf(w) with { FinalNorm = null, Head = "lm_head", Activation = NaiveDecoder.Gelu }) },
        { "opt, narrow embeddings, norms before", new("opt", """ "num_attention_heads": 4, "word_embed_proj_dim": 10 """, w => OptOf(w) with { Widen = "model.decoder.project_in", Narrow = "model.decoder.project_out" }) },
        { "opt, norms after the sums", new("opt", """ "num_attention_heads": 4, "do_layer_norm_before": false """, w => OptOf(w) with { BeforeAttention = null, BeforeMlp = null, AfterAttentionSum = "self_attn_layer_norm", AfterMlpSum = "final_layer_norm", FinalNorm = null }) },
    };

    /// <summary>An absent number of key heads is the family's own, null that of query heads.</summary>
    [Theory]
    [InlineData("gemma2", "", 4)]
    [InlineData("gemma2", """, "num_key_value_heads": null""", 8)]
    [InlineData("phi3", "", 8)]
    public void Describe_NumberOfKeyHeadsAbsentOrNull_AreTwoThings(string family, string option, int keyHeads)
    {
        ModelArchitecture architecture = ModelFamilies.Describe(ConfigReader.Parse("test", $$"""{"model_type": "{{family}}", "num_attention_heads": 8, "head_dim": 6{{option}}}"""));

        ParameterSpec first = architecture.Stages.SelectMany(s => s.Parameters).First(p => p.Name.EndsWith(family == "phi3" ? "qkv_proj.weight" : "k_proj.weight", StringComparison.Ordinal));
        Assert.Equal(6 * (family == "phi3" ? 8 + (2 * keyHeads) : keyHeads), first.Out);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Forward_PaddedBatch_IsTheNaiveComputationOfEachText(string name, Variant variant)
    {
        using SyntheticCheckpoint checkpoint = new(variant.Json, seed: 7);
        ChainComparison.Forward(name, checkpoint, variant.Naive(checkpoint.Weights));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Backward_FromTheLogitsToTheEmbeddings_IsTheDirectionalDerivative(string name, Variant variant)
    {
        using SyntheticCheckpoint checkpoint = new(variant.Json, seed: 11);
        ChainComparison.Backward(name, checkpoint, variant.Naive(checkpoint.Weights));
    }

    private static string Llama(int keyHeads) => $"{Kin(keyHeads)}, \"rms_norm_eps\": 1e-5";

    private static string Kin(int keyHeads) => $"\"num_attention_heads\": {Heads}, \"num_key_value_heads\": {keyHeads}";

    private static NaiveDecoder Plain(Dictionary<string, double[]> weights, int keyHeads) => new(weights, Width, Heads, keyHeads, Size);

    private static NaiveDecoder Gemma(Dictionary<string, double[]> weights) => new(weights, Width, Heads, 2, 8)
    {
        Norms = "rms + 1",
        Activation = NaiveDecoder.GeluTanh,
        Head = "model.embed_tokens",
        EmbeddingScale = Math.Sqrt(Width),
        ScoreScale = 1 / Math.Sqrt(5),
        AfterAttention = "post_attention_layernorm",
        BeforeMlp = "pre_feedforward_layernorm",
        AfterMlp = "post_feedforward_layernorm",
    };

    private static NaiveDecoder Phi(Dictionary<string, double[]> weights) => Plain(weights, 2) with
    {
        Projections = ["qkv_proj", "o_proj"],
        Mlp = ["mlp.gate_up_proj", "mlp.down_proj"],
        GateUp = true,
    };

    private static NaiveDecoder Cohere(Dictionary<string, double[]> weights) => Plain(weights, 2) with
    {
        Norms = "layer",
        SideBySide = true,
        BeforeMlp = null,
        Interleaved = true,
        Head = "model.embed_tokens",
    };

    private static NaiveDecoder NeoX(Dictionary<string, double[]> weights) => Plain(weights, 4) with
    {
        Norms = "layer",
        Layer = layer => $"gpt_neox.layers.{layer}.",
        Tokens = "gpt_neox.embed_in",
        FinalNorm = "gpt_neox.final_layer_norm",
        Head = "embed_out",
        Attention = "attention.",
        Projections = ["query_key_value", "dense"],
        Grouped = true,
        Mlp = ["mlp.dense_h_to_4h", "mlp.dense_4h_to_h"],
        Activation = NaiveDecoder.Gelu,
    };

    private static NaiveDecoder BigCode(Dictionary<string, double[]> weights) => Plain(weights, 1) with
    {
        Norms = "layer",
        Layer = layer => $"transformer.h.{layer}.",
        Tokens = "transformer.wte",
        Positions = "transformer.wpe",
        Head = "transformer.wte",
        FinalNorm = "transformer.ln_f",
        BeforeAttention = "ln_1",
        BeforeMlp = "ln_2",
        Attention = "attn.",
        Projections = ["c_attn", "c_proj"],
        Grouped = true,
        Mlp = ["mlp.c_fc", "mlp.c_proj"],
        Activation = NaiveDecoder.GeluTanh,
    };

    private static NaiveDecoder FalconOf(Dictionary<string, double[]> weights) => Plain(weights, 1) with
    {
        Norms = "layer",
        Layer = layer => $"transformer.h.{layer}.",
        Tokens = "transformer.word_embeddings",
        Head = "transformer.word_embeddings",
        FinalNorm = "transformer.ln_f",
        BeforeMlp = null,
        SideBySide = true,
        Attention = "self_attention.",
        Projections = ["query_key_value", "dense"],
        Grouped = true,
        Mlp = ["mlp.dense_h_to_4h", "mlp.dense_4h_to_h"],
        Activation = NaiveDecoder.Gelu,
    };

    private static NaiveDecoder OptOf(Dictionary<string, double[]> weights) => Plain(weights, 4) with
    {
        Norms = "layer",
        Layer = layer => $"model.decoder.layers.{layer}.",
        Tokens = "model.decoder.embed_tokens",
        Positions = "model.decoder.embed_positions",
        Offset = 2,
        Head = "model.decoder.embed_tokens",
        FinalNorm = "model.decoder.final_layer_norm",
        BeforeAttention = "self_attn_layer_norm",
        BeforeMlp = "final_layer_norm",
        Projections = ["q_proj", "k_proj", "v_proj", "out_proj"],
        Mlp = ["fc1", "fc2"],
        Activation = NaiveDecoder.Relu,
    };

    /// <summary>A configuration, and what it means.</summary>
    public sealed record Variant
    {
        private readonly string _family;
        private readonly string _options;

        internal Variant(string family, string options, Func<Dictionary<string, double[]>, NaiveDecoder> naive)
        {
            (_family, _options) = (family, options);
            Naive = naive;
        }

        internal Func<Dictionary<string, double[]>, NaiveDecoder> Naive { get; }

        internal string Json => _family == "gpt_bigcode"
            ? $$"""{"model_type": "gpt_bigcode", "n_embd": {{Width}}, "n_inner": {{Inner}}, "n_layer": 2, "vocab_size": {{Vocabulary}}, "n_positions": 64, {{_options}}}"""
            : $$"""
                {"model_type": "{{_family}}", "hidden_size": {{Width}}, "{{(_family == "opt" ? "ffn_dim" : _family == "falcon" ? "ffn_hidden_size" : "intermediate_size")}}": {{Inner}},
                 "num_hidden_layers": 2, "vocab_size": {{Vocabulary}}, "max_position_embeddings": 64, {{_options}}}
                """;

        public override string ToString() => _family;
    }
}
