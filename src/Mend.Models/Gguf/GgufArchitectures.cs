namespace Mend.Models.Gguf;

/// <summary>The architectures of GGUF files that families here read, and what many of them have in common.</summary>
internal static partial class GgufArchitectures
{
    private const string Width = "embedding_length", Inner = "feed_forward_length", Layers = "block_count", Heads = "attention.head_count",
        KeyHeads = "attention.head_count_kv", RmsEpsilon = "attention.layer_norm_rms_epsilon", Epsilon = "attention.layer_norm_epsilon", Length = "context_length";

    private static readonly StorageConventions Permuted = new() { NeighbouringPairs = true };

    /// <summary>What most decoders of today have in common.</summary>
    private static readonly GgufArchitecture Decoder = new()
    {
        Name = "",
        ModelType = "",
        ModelClass = "",
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
            ReadVocabulary(config);
            config.ReadHeadSize();
            config.ReadRotary();
        },
    };

    private static readonly (string Key, string Value)[] HeadNorms = [("attn_q_norm", "self_attn.q_norm"), ("attn_k_norm", "self_attn.k_norm")];

    private static readonly Dictionary<string, GgufArchitecture> ByName =
        LlamaChains().Concat(Mixtures()).Concat(FusedChains()).ToDictionary(a => a.Name, StringComparer.Ordinal);

    /// <summary>The names of the architectures, sorted.</summary>
    public static IReadOnlyList<string> Names => [.. ByName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The architecture of a name.</summary>
    /// <param name="name">The value of general.architecture, or null.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="ModelException">It is absent or not read.</exception>
    public static GgufArchitecture Find(string? name, string path) => ByName.GetValueOrDefault(name ?? "") ?? throw new ModelException(
        name is null
            ? $"'{path}' does not say its architecture (general.architecture); it is no model, or damaged: download it again."
            : $"'{path}' is of the architecture '{name}', which is not read from GGUF files. Read are: {string.Join(", ", Names)}. If the family is supported, take the model's Hugging Face folder.");

    private static void ReadVocabulary(GgufConfig config)
    {
        config.Set("vocab_size", config.Rows("token_embd.weight"));
        config.Set("tie_word_embeddings", !config.HasTensor("output.weight"));
    }

    /// <summary>The options with another name for those of a key, or another key.</summary>
    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> names, params (string Key, string Value)[] more)
    {
        Dictionary<string, string> all = new(names);
        foreach ((string key, string value) in more)
        {
            all[key] = value;
        }

        return all;
    }

    private static Dictionary<string, string> Without(IReadOnlyDictionary<string, string> names, params string[] keys) =>
        names.Where(n => !keys.Contains(n.Key)).ToDictionary(n => n.Key, n => n.Value);
}
