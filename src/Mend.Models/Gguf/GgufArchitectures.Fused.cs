namespace Mend.Models.Gguf;

/// <summary>Families with one matrix for queries, keys and values and chains of their own.</summary>
internal static partial class GgufArchitectures
{
    private const string FusedBias = "blk.0.attn_qkv.bias";

    private static GgufArchitecture[] FusedChains() =>
    [
        new()
        {
            Name = "gpt2",
            ModelType = "gpt2",
            ModelClass = "GPT2LMHeadModel",
            Conventions = new StorageConventions { MatricesOutIn = true },
            Options = Gpt2Options,
            Tensors = Gpt2Tensors,
            Blocks = "transformer.h",
            BlockTensors = Gpt2BlockTensors,
            Complete = config =>
            {
                // Files of older converters hold the table twice; the family is tied.
                config.Set("vocab_size", config.Rows("token_embd.weight"));
                config.Set("tie_word_embeddings", true);
            },
        },
        new()
        {
            Name = "starcoder",
            ModelType = "gpt_bigcode",
            ModelClass = "GPTBigCodeForCausalLM",
            Options = Gpt2Options,
            Tensors = Gpt2Tensors,
            Blocks = "transformer.h",
            BlockTensors = Gpt2BlockTensors,
            Complete = config =>
            {
                ReadVocabulary(config);
                config.RequireUsualHeads();
                long heads = config.Size(Heads), keys = config.Size(KeyHeads);
                config.Set("multi_query", keys == 1 || (keys == heads ? false : throw config.Wrong(KeyHeads, keys, $"1 or {heads}")));
            },
        },
        new()
        {
            Name = "gptneox",
            ModelType = "gpt_neox",
            ModelClass = "GPTNeoXForCausalLM",
            Conventions = new StorageConventions { KindsApart = true },
            Options = With(Without(Decoder.Options, KeyHeads, RmsEpsilon), (Epsilon, "layer_norm_eps")),
            Tensors = new Dictionary<string, string>
            {
                ["token_embd"] = "gpt_neox.embed_in",
                ["output_norm"] = "gpt_neox.final_layer_norm",
                ["output"] = "embed_out",
            },
            Blocks = "gpt_neox.layers",
            BlockTensors = new Dictionary<string, string>
            {
                ["attn_norm"] = "input_layernorm",
                ["attn_qkv"] = "attention.query_key_value",
                ["attn_output"] = "attention.dense",
                ["ffn_norm"] = "post_attention_layernorm",
                ["ffn_up"] = "mlp.dense_h_to_4h",
                ["ffn_down"] = "mlp.dense_4h_to_h",
            },
            Complete = config =>
            {
                ReadVocabulary(config);
                config.RequireUsualHeads();
                config.Expect(KeyHeads, config.Size(Heads), "the family has as many key heads as query heads");
                config.Set("use_parallel_residual", config.Flag("use_parallel_residual") ?? true);
                config.Set("attention_bias", config.HasTensor(FusedBias));
                config.ReadRotary("rotary_emb_base", "rotary_pct", always: true);
            },
        },
        new()
        {
            Name = "falcon",
            ModelType = "falcon",
            ModelClass = "FalconForCausalLM",
            Conventions = new StorageConventions { KindsApart = true },
            Options = With(Without(Decoder.Options, RmsEpsilon), (Inner, "ffn_hidden_size"), (KeyHeads, "num_kv_heads"), (Epsilon, "layer_norm_epsilon")),
            Tensors = new Dictionary<string, string>
            {
                ["token_embd"] = "transformer.word_embeddings",
                ["output_norm"] = "transformer.ln_f",
                ["output"] = "lm_head",
            },
            Blocks = "transformer.h",
            BlockTensors = new Dictionary<string, string>
            {
                ["attn_norm"] = "input_layernorm",
                ["attn_qkv"] = "self_attention.query_key_value",
                ["attn_output"] = "self_attention.dense",
                ["ffn_up"] = "mlp.dense_h_to_4h",
                ["ffn_down"] = "mlp.dense_4h_to_h",
            },
            OfFile = model => Find("falcon", model.Path) is var one && !model.Tensors.ContainsKey(SecondNorm)
                ? one
                : one with { BlockTensors = With(one.BlockTensors, ("attn_norm", "ln_mlp"), ("attn_norm_2", "ln_attn")) },
            Complete = config =>
            {
                bool twoNorms = config.HasTensor(SecondNorm), newer = twoNorms || config.Size(KeyHeads) > 1;
                ReadVocabulary(config);
                config.RequireUsualHeads();
                config.Set("new_decoder_architecture", newer);
                config.Set("multi_query", !newer);
                config.Set("num_ln_in_parallel_attn", twoNorms ? 2 : 1);
                config.Set("parallel_attn", true);
                config.Set("bias", config.HasTensor(FusedBias));
                config.Set("alibi", false);
                config.ReadRotary();
            },
        },
    ];

    /// <summary>The attention's norm where the MLP has another.</summary>
    private const string SecondNorm = "blk.0.attn_norm_2.weight";

    private static Dictionary<string, string> Gpt2Options => new()
    {
        [Length] = "n_positions",
        [Width] = "n_embd",
        [Inner] = "n_inner",
        [Layers] = "n_layer",
        [Heads] = "n_head",
        [Epsilon] = "layer_norm_epsilon",
    };

    private static Dictionary<string, string> Gpt2Tensors => new()
    {
        ["token_embd"] = "transformer.wte",
        ["position_embd"] = "transformer.wpe",
        ["output_norm"] = "transformer.ln_f",
        ["output"] = "lm_head",
    };

    private static Dictionary<string, string> Gpt2BlockTensors => new()
    {
        ["attn_norm"] = "ln_1",
        ["attn_qkv"] = "attn.c_attn",
        ["attn_output"] = "attn.c_proj",
        ["ffn_norm"] = "ln_2",
        ["ffn_up"] = "mlp.c_fc",
        ["ffn_down"] = "mlp.c_proj",
    };
}
