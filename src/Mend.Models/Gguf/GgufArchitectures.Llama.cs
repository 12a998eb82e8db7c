namespace Mend.Models.Gguf;

/// <summary>Llama and the families whose chains are as its.</summary>
internal static partial class GgufArchitectures
{
    private const string QueryBias = "blk.0.attn_q.bias", Window = "attention.sliding_window";

    private static GgufArchitecture[] LlamaChains() =>
    [
        Decoder with
        {
            Name = "llama",
            ModelType = "llama",
            ModelClass = "LlamaForCausalLM",
            Conventions = Permuted,
            OfFile = model => model.Tensors.ContainsKey("blk.0.ffn_gate_inp.weight") ? Mixtral : Find("llama", model.Path),
            Complete = config =>
            {
                config.Expect("expert_count", 0, "and its blocks have no experts. The file is damaged or not whole: download it again");
                config.Expect("expert_used_count", 0, "and its blocks have no experts. The file is damaged or not whole: download it again");
                config.Set("attention_bias", config.HasTensor(QueryBias));
                config.Set("mlp_bias", config.HasTensor("blk.0.ffn_gate.bias"));
                Decoder.Complete(config);
            },
        },
        Decoder with { Name = "qwen2", ModelType = "qwen2", ModelClass = "Qwen2ForCausalLM" },
        Decoder with
        {
            Name = "qwen3",
            ModelType = "qwen3",
            ModelClass = "Qwen3ForCausalLM",
            BlockTensors = With(Decoder.BlockTensors, HeadNorms),
            Complete = config =>
            {
                Decoder.Complete(config);
                config.Set("head_dim", config.HeadSize);
            },
        },
        Decoder with
        {
            Name = "smollm3",
            ModelType = "smollm3",
            ModelClass = "SmolLM3ForCausalLM",
            Conventions = Permuted,
            Complete = config =>
            {
                // In no key: every fourth layer knows no positions.
                config.Set("no_rope_layer_interval", 4);
                Decoder.Complete(config);
            },
        },
        Decoder with
        {
            Name = "granite",
            ModelType = "granite",
            ModelClass = "GraniteForCausalLM",
            Conventions = Permuted,
            Complete = config =>
            {
                config.Set("attention_bias", config.HasTensor(QueryBias));
                config.Set("mlp_bias", config.HasTensor("blk.0.ffn_gate.bias"));
                config.Set("embedding_multiplier", config.Number("embedding_scale") ?? 1);
                config.Set("residual_multiplier", config.Number("residual_scale") ?? 1);
                config.Set("attention_multiplier", config.Number("attention.scale") ?? (1 / Math.Sqrt(config.HeadSize)));
                config.Set("logits_scaling", config.Number("logit_scale") ?? 1);
                Decoder.Complete(config);
            },
        },
        Decoder with
        {
            Name = "olmo2",
            ModelType = "olmo2",
            ModelClass = "Olmo2ForCausalLM",
            BlockTensors = With(
                With(Without(Decoder.BlockTensors, "attn_norm", "ffn_norm"), HeadNorms),
                ("post_attention_norm", "post_attention_layernorm"),
                ("post_ffw_norm", "post_feedforward_layernorm")),
        },
        Decoder with
        {
            Name = "phi3",
            ModelType = "phi3",
            ModelClass = "Phi3ForCausalLM",
            BlockTensors = With(
                Without(Decoder.BlockTensors, "attn_q", "attn_k", "attn_v", "ffn_gate"), ("attn_qkv", "self_attn.qkv_proj"), ("ffn_up", "mlp.gate_up_proj")),
            Complete = config =>
            {
                // Converters write 0 for none.
                config.Set("sliding_window", config.Integer(Window) is { } window and > 0 ? window : null);
                Decoder.Complete(config);
            },
        },
        Decoder with
        {
            Name = "starcoder2",
            ModelType = "starcoder2",
            ModelClass = "Starcoder2ForCausalLM",
            Options = With(Without(Decoder.Options, RmsEpsilon), (Epsilon, "norm_epsilon")),
            BlockTensors = With(Without(Decoder.BlockTensors, "ffn_gate"), ("ffn_up", "mlp.c_fc"), ("ffn_down", "mlp.c_proj")),
            Complete = config =>
            {
                config.Set("use_bias", config.HasTensor(QueryBias));
                config.Set("sliding_window", config.Integer(Window) is { } window and > 0 ? window : null);
                Decoder.Complete(config);
            },
        },
        Decoder with
        {
            Name = "stablelm",
            ModelType = "stablelm",
            ModelClass = "StableLmForCausalLM",
            Options = With(Without(Decoder.Options, RmsEpsilon), (Epsilon, "layer_norm_eps")),
            BlockTensors = With(
                Decoder.BlockTensors, ("attn_q_norm", "self_attn.q_layernorm.norms.*"), ("attn_k_norm", "self_attn.k_layernorm.norms.*")),
            Complete = config =>
            {
                // The key is true in every file; what counts is whether the MLP has a norm of its own.
                config.Ignore("use_parallel_residual");
                config.Set("use_parallel_residual", !config.HasTensor("blk.0.ffn_norm.weight"));
                config.Set("use_qkv_bias", config.HasTensor(QueryBias));
                config.Set("qk_layernorm", config.HasTensor("blk.0.attn_q_norm.weight"));
                ReadVocabulary(config);
                config.RequireUsualHeads();
                config.ReadRotary(always: true);
            },
        },
        Cohere("command-r", "cohere", "CohereForCausalLM") with
        {
            Complete = config =>
            {
                config.Set("use_qk_norm", config.HasTensor("blk.0.attn_q_norm.weight"));
                ReadCohere(config);
            },
        },
        Cohere("cohere2", "cohere2", "Cohere2ForCausalLM") with
        {
            Complete = config =>
            {
                config.ReadWindows(config.Size(Window), every: 4);
                ReadCohere(config);
                config.Set("head_dim", config.HeadSize);
            },
        },
        Gemma("gemma2", "gemma2", "Gemma2ForCausalLM") with
        {
            Complete = config =>
            {
                config.ReadWindows(config.Integer(Window) ?? 4096, every: 2);
                config.Set("attn_logit_softcapping", config.Number("attn_logit_softcapping") ?? 50);
                config.Set("final_logit_softcapping", config.Number("final_logit_softcapping") ?? 30);
                ReadGemma(config, blocksOfLargest: 46);
            },
        },
        Gemma("gemma3", "gemma3_text", "Gemma3ForCausalLM") with
        {
            BlockTensors = With(Gemma("", "", "").BlockTensors, HeadNorms),
            Complete = config =>
            {
                if (config.Integer(Window) is { } window and > 0)
                {
                    config.ReadWindows(window, every: 6);
                }
                else
                {
                    config.Set("sliding_window", null);
                }

                config.Set("rope_local_base_freq", config.Number("rope.freq_base_swa") ?? 10000);
                config.Set("attn_logit_softcapping", config.Number("attn_logit_softcapping"));
                config.Set("final_logit_softcapping", config.Number("final_logit_softcapping"));
                ReadGemma(config, blocksOfLargest: 62);
            },
        },
    ];

    private static GgufArchitecture Cohere(string name, string type, string modelClass) => Decoder with
    {
        Name = name,
        ModelType = type,
        ModelClass = modelClass,
        Options = With(Without(Decoder.Options, RmsEpsilon), (Epsilon, "layer_norm_eps")),
        BlockTensors = With(Without(Decoder.BlockTensors, "ffn_norm"), HeadNorms),
    };

    private static void ReadCohere(GgufConfig config)
    {
        config.Set("attention_bias", config.HasTensor(QueryBias));
        config.Set("logit_scale", config.Number("logit_scale") ?? 0.0625);
        Decoder.Complete(config);
    }

    private static GgufArchitecture Gemma(string name, string type, string modelClass) => Decoder with
    {
        Name = name,
        ModelType = type,
        ModelClass = modelClass,
        GainsPlusOne = true,
        BlockTensors = With(
            Decoder.BlockTensors,
            ("post_attention_norm", "post_attention_layernorm"),
            ("ffn_norm", "pre_feedforward_layernorm"),
            ("post_ffw_norm", "post_feedforward_layernorm")),
    };

    /// <summary>
    /// What the scores are divided by is in no key: it is √ of a head's size, but in the largest model of each generation, which is known
    /// by its number of blocks, √ of the width over the heads.
    /// </summary>
    private static void ReadGemma(GgufConfig config, int blocksOfLargest)
    {
        Decoder.Complete(config);
        config.Set("head_dim", config.HeadSize);
        config.Set("query_pre_attn_scalar", config.Blocks == blocksOfLargest ? config.Size(Width) / config.Size(Heads) : config.HeadSize);
    }
}
