namespace Mend.Models.Gguf;

/// <summary>The architectures of GGUF files that families here read.</summary>
internal static class GgufArchitectures
{
    private const string Width = "embedding_length", Inner = "feed_forward_length", Layers = "block_count", Heads = "attention.head_count",
        KeyHeads = "attention.head_count_kv", RmsEpsilon = "attention.layer_norm_rms_epsilon", Epsilon = "attention.layer_norm_epsilon", Length = "context_length";

    private static readonly StorageConventions Permuted = new() { NeighbouringPairs = true };

    /// <summary>What most decoders of today have in common.</summary>
    private static readonly GgufArchitecture Decoder = new()
    {
        Name = "",
        ModelType = "",
        Conventions = StorageConventions.HuggingFace,
        Options = new Dictionary<string, string>
        {
            [Length] = "max_position_embeddings",
            [Width] = "hidden_size",
            [Inner] = "intermediate_size",
            [Layers] = "num_hidden_layers",
            [Heads] = "num_attention_heads",
            [KeyHeads] = "num_key_value_heads",
            [RmsEpsilon] = "rms_norm_eps",
        },
        Tensors = new Dictionary<string, string>
        {
            ["token_embd"] = "model.embed_tokens",
            ["output_norm"] = "model.norm",
            ["output"] = "lm_head",
        },
        Blocks = "model.layers",
        BlockTensors = new Dictionary<string, string>
        {
            ["attn_norm"] = "input_layernorm",
            ["attn_q"] = "self_attn.q_proj",
            ["attn_k"] = "self_attn.k_proj",
            ["attn_v"] = "self_attn.v_proj",
            ["attn_output"] = "self_attn.o_proj",
            ["ffn_norm"] = "post_attention_layernorm",
            ["ffn_gate"] = "mlp.gate_proj",
            ["ffn_up"] = "mlp.up_proj",
            ["ffn_down"] = "mlp.down_proj",
        },
        Complete = config =>
        {
            config.Set("vocab_size", config.Rows("token_embd.weight"));
            config.Set("tie_word_embeddings", !config.HasTensor("output.weight"));
            config.ReadHeadSize();
            config.ReadRotary();
        },
    };

    private static readonly GgufArchitecture[] All =
    [
        Decoder with
        {
            Name = "llama",
            ModelType = "llama",
            Conventions = Permuted,
            Complete = config =>
            {
                config.Expect("expert_count", 0, "mixtures of experts are not read from GGUF files: take the model's Hugging Face folder");
                config.Set("attention_bias", config.HasTensor("blk.0.attn_q.bias"));
                config.Set("mlp_bias", config.HasTensor("blk.0.ffn_gate.bias"));
                Decoder.Complete(config);
            },
        },
        Decoder with { Name = "qwen2", ModelType = "qwen2" },
        Decoder with
        {
            Name = "qwen3",
            ModelType = "qwen3",
            BlockTensors = With(Decoder.BlockTensors, ("attn_q_norm", "self_attn.q_norm"), ("attn_k_norm", "self_attn.k_norm")),
        },
        new()
        {
            Name = "gpt2",
            ModelType = "gpt2",
            Conventions = new StorageConventions { MatricesOutIn = true },
            Options = new Dictionary<string, string>
            {
                [Length] = "n_positions",
                [Width] = "n_embd",
                [Inner] = "n_inner",
                [Layers] = "n_layer",
                [Heads] = "n_head",
                [Epsilon] = "layer_norm_epsilon",
            },
            Tensors = new Dictionary<string, string>
            {
                ["token_embd"] = "transformer.wte",
                ["position_embd"] = "transformer.wpe",
                ["output_norm"] = "transformer.ln_f",
                ["output"] = "lm_head",
            },
            Blocks = "transformer.h",
            BlockTensors = new Dictionary<string, string>
            {
                ["attn_norm"] = "ln_1",
                ["attn_qkv"] = "attn.c_attn",
                ["attn_output"] = "attn.c_proj",
                ["ffn_norm"] = "ln_2",
                ["ffn_up"] = "mlp.c_fc",
                ["ffn_down"] = "mlp.c_proj",
            },
            Complete = config =>
            {
                // Files of older converters hold the table twice; the family is tied.
                config.Set("vocab_size", config.Rows("token_embd.weight"));
                config.Set("tie_word_embeddings", true);
            },
        },
    ];

    private static readonly Dictionary<string, GgufArchitecture> ByName = All.ToDictionary(a => a.Name, StringComparer.Ordinal);

    /// <summary>The architecture of a name.</summary>
    /// <param name="name">The value of general.architecture, or null.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="ModelException">It is absent or not read.</exception>
    public static GgufArchitecture Find(string? name, string path) => ByName.GetValueOrDefault(name ?? "") ?? throw new ModelException(
        name is null
            ? $"'{path}' does not say its architecture (general.architecture); it is no model, or damaged: download it again."
            : $"'{path}' is of the architecture '{name}', which is not read from GGUF files. Read are: {string.Join(", ", ByName.Keys.Order(StringComparer.Ordinal))}. If the family is supported, take the model's Hugging Face folder.");

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> names, params (string Key, string Value)[] more)
    {
        Dictionary<string, string> all = new(names);
        foreach ((string key, string value) in more)
        {
            all[key] = value;
        }

        return all;
    }
}
