using System.Globalization;

namespace Mend.Sharding.Tests;

/// <summary>Configurations of every family in scaled-down shapes that a seed chooses; no two sizes need be equal.</summary>
internal static class RandomShapes
{
    public static IReadOnlyList<string> Families { get; } =
    [
        "gpt2", "gpt_neo", "gptj", "llama", "mistral", "qwen2", "qwen3", "t5", "t5_v1_1", "bart", "bert", "gemma2", "gemma3_text", "phi3",
        "olmo2", "granite", "smollm3", "starcoder2", "stablelm", "cohere", "cohere2", "gpt_neox", "gpt_bigcode", "falcon", "opt",
    ];

    /// <summary>The text of a config.json.</summary>
    public static string Config(string family, int seed)
    {
        Random random = new(seed);
        int keyHeads = random.Next(1, 4), heads = keyHeads * random.Next(1, 4), size = 2 * random.Next(2, 9), width = heads * size;
        int inner = random.Next(width, 5 * width), vocabulary = random.Next(60, 700), layers = 3 + random.Next(0, 3), more = 3 + random.Next(0, 2);
        bool tied = random.Next(2) == 0;
        string t = tied ? "true" : "false";
        string llama = $"""
            "hidden_size": {width}, "num_attention_heads": {heads}, "num_key_value_heads": {keyHeads}, "num_hidden_layers": {layers},
            "intermediate_size": {inner}, "vocab_size": {vocabulary}, "max_position_embeddings": 512, "tie_word_embeddings": {t}
            """;
        string t5 = $"""
            "d_model": {width}, "d_kv": {size + 1}, "d_ff": {inner}, "num_heads": {heads}, "num_layers": {layers}, "num_decoder_layers": {more},
            "vocab_size": {vocabulary}, "relative_attention_num_buckets": 8, "is_encoder_decoder": true
            """;
        string options = family switch
        {
            "gpt2" => $""" "n_embd": {width}, "n_head": {heads}, "n_layer": {layers}, "n_inner": {inner}, "n_positions": 512, "vocab_size": {vocabulary} """,
            "gpt_neo" => $"""
                "hidden_size": {width}, "num_heads": {heads}, "num_layers": {layers}, "intermediate_size": {inner}, "max_position_embeddings": 512,
                "vocab_size": {vocabulary}, "window_size": {random.Next(2, 30)}, "attention_layers": [{string.Join(", ", Enumerable.Range(0, layers).Select(i => i % 2 == 0 ? "\"global\"" : "\"local\""))}]
                """,
            "gptj" => $""" "n_embd": {width}, "n_head": {heads}, "n_layer": {layers}, "n_inner": {inner}, "n_positions": 512, "rotary_dim": 2, "vocab_size": {vocabulary} """,
            "mistral" => $"""{llama}, "sliding_window": {random.Next(2, 40)}""",
            "qwen3" => $"""{llama}, "head_dim": {size + 2}""",
            "llama" or "qwen2" or "granite" or "olmo2" or "smollm3" => llama,
            "gemma2" or "gemma3_text" => $"""{llama}, "head_dim": {size + 2}, "sliding_window": {random.Next(2, 40)}""",
            "phi3" => $"""{llama}, "sliding_window": {random.Next(2, 40)}""",
            "starcoder2" => $"""{llama}, "use_bias": {t}""",
            "stablelm" => $"""{llama}, "qk_layernorm": true, "use_qkv_bias": {t}, "partial_rotary_factor": 1.0""",
            "cohere" => $"""{llama}, "use_qk_norm": {t}""",
            "cohere2" => $"""{llama}, "head_dim": {size}, "sliding_window": {random.Next(2, 40)}""",
            "gpt_neox" => $"""
                "hidden_size": {width}, "num_attention_heads": {heads}, "num_hidden_layers": {layers}, "intermediate_size": {inner}, "vocab_size": {vocabulary},
                "max_position_embeddings": 512, "tie_word_embeddings": {t}, "use_parallel_residual": {t}, "rotary_pct": 1.0
                """,
            "gpt_bigcode" => $""" "n_embd": {width}, "n_head": {heads}, "n_layer": {layers}, "n_inner": {inner}, "n_positions": 512, "vocab_size": {vocabulary}, "multi_query": {t} """,
            "falcon" => $"""
                "hidden_size": {width}, "num_attention_heads": {heads}, "num_hidden_layers": {layers}, "ffn_hidden_size": {inner}, "vocab_size": {vocabulary},
                "max_position_embeddings": 512, "tie_word_embeddings": {t}, "num_kv_heads": {keyHeads}, "new_decoder_architecture": {t}, "alibi": {(tied ? "false" : "true")}
                """,
            "opt" => $"""
                "hidden_size": {width}, "num_attention_heads": {heads}, "num_hidden_layers": {layers}, "ffn_dim": {inner}, "vocab_size": {vocabulary},
                "max_position_embeddings": 512, "word_embed_proj_dim": {width - 1}, "do_layer_norm_before": {t}
                """,
            "t5" => $"""{t5}, "feed_forward_proj": "relu", "tie_word_embeddings": true""",
            "t5_v1_1" => $"""{t5}, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": false""",
            "bart" => $"""
                "d_model": {width}, "encoder_attention_heads": {heads}, "decoder_attention_heads": {heads}, "encoder_ffn_dim": {inner}, "decoder_ffn_dim": {inner + 3},
                "encoder_layers": {layers}, "decoder_layers": {more}, "max_position_embeddings": 512, "vocab_size": {vocabulary}, "is_encoder_decoder": true
                """,
            "bert" => $"""
                "hidden_size": {width}, "num_attention_heads": {heads}, "num_hidden_layers": {layers}, "intermediate_size": {inner}, "max_position_embeddings": 512,
                "vocab_size": {vocabulary}, "type_vocab_size": 2, "id2label": {JustOne} , "architectures": ["BertForSequenceClassification"]
                """,
            _ => throw new ArgumentOutOfRangeException(nameof(family), family, "No such family."),
        };
        string type = family.StartsWith("t5", StringComparison.Ordinal) ? "t5" : family;
        return string.Create(CultureInfo.InvariantCulture, $$"""{ "model_type": "{{type}}", {{options}} }""");
    }

    private const string JustOne = """{ "0": "LABEL_0" }""";
}
