using System.Text.Json.Nodes;
using Mend.Tensors;

namespace Mend.Models.Gguf;

/// <summary>Families with mixtures of experts, whose matrices lie in stacks.</summary>
internal static partial class GgufArchitectures
{
    private const string Experts = "expert_count", ExpertsPerToken = "expert_used_count", Scale = "expert_weights_scale", Normalised = "expert_weights_norm",
        ExpertInner = "expert_feed_forward_length", SharedInner = "expert_shared_feed_forward_length";

    /// <summary>Files of older converters have each expert's matrices as tensors of their own.</summary>
    private static GgufArchitecture Mixtral => Decoder with
    {
        Name = "llama",
        ModelType = "mixtral",
        ModelClass = "MixtralForCausalLM",
        Conventions = Permuted,
        Options = With(Decoder.Options, (Experts, "num_local_experts"), (ExpertsPerToken, "num_experts_per_tok")),
        BlockTensors = With(
            Without(Decoder.BlockTensors, "ffn_gate", "ffn_up", "ffn_down"),
            ("ffn_gate_inp", "block_sparse_moe.gate"),
            ("ffn_gate.*", "block_sparse_moe.experts.*.w1"),
            ("ffn_up.*", "block_sparse_moe.experts.*.w3"),
            ("ffn_down.*", "block_sparse_moe.experts.*.w2"),
            ("ffn_gate_exps", "block_sparse_moe.experts.*.w1"),
            ("ffn_up_exps", "block_sparse_moe.experts.*.w3"),
            ("ffn_gate_up_exps", "block_sparse_moe.experts.*.w1|block_sparse_moe.experts.*.w3"),
            ("ffn_down_exps", "block_sparse_moe.experts.*.w2")),
    };

    private static GgufArchitecture[] Mixtures() =>
    [
        Qwen("qwen2moe", "qwen2_moe", "Qwen2MoeForCausalLM") with
        {
            RowVector = ".shared_expert_gate.weight",
            BlockTensors = With(
                MixtureTensors,
                ("ffn_gate_inp_shexp", "mlp.shared_expert_gate"),
                ("ffn_gate_shexp", "mlp.shared_expert.gate_proj"),
                ("ffn_up_shexp", "mlp.shared_expert.up_proj"),
                ("ffn_down_shexp", "mlp.shared_expert.down_proj")),
            Complete = config =>
            {
                config.Set("qkv_bias", config.HasTensor(QueryBias));
                config.Set("shared_expert_intermediate_size", config.Integer(SharedInner) is { } shared and > 0 ? shared : config.Size(Inner));
                ReadQwen(config, normalised: false);
            },
        },
        Qwen("qwen3moe", "qwen3_moe", "Qwen3MoeForCausalLM") with
        {
            BlockTensors = With(MixtureTensors, HeadNorms),
            Complete = config =>
            {
                config.Expect(SharedInner, 0, "the family has no expert that all tokens share");
                ReadQwen(config, normalised: true);
            },
        },
        DeepSeek("deepseek_v2", "DeepseekV2ForCausalLM") with
        {
            OfFile = model => model.Metadata.Integer("deepseek2.expert_gating_func") == Sigmoid
                ? DeepSeek("deepseek_v3", "DeepseekV3ForCausalLM")
                : Find("deepseek2", model.Path),
        },
    ];

    private static Dictionary<string, string> MixtureTensors => With(
        Decoder.BlockTensors,
        ("ffn_gate_inp", "mlp.gate"),
        ("ffn_gate_exps", "mlp.experts.*.gate_proj"),
        ("ffn_up_exps", "mlp.experts.*.up_proj"),
        ("ffn_gate_up_exps", "mlp.experts.*.gate_proj|mlp.experts.*.up_proj"),
        ("ffn_down_exps", "mlp.experts.*.down_proj"));

    /// <summary>The value of expert_gating_func for scores that are each a sigmoid; 1 is a softmax over all experts.</summary>
    private const long Sigmoid = 2, Softmax = 1;

    private static GgufArchitecture Qwen(string name, string type, string modelClass) => Decoder with
    {
        Name = name,
        ModelType = type,
        ModelClass = modelClass,
        Options = With(Decoder.Options, (Experts, "num_experts"), (ExpertsPerToken, "num_experts_per_tok")),
    };

    private static void ReadQwen(GgufConfig config, bool normalised)
    {
        const string Unknown = "experts are weighed in a way that the family does not know";
        config.Set("moe_intermediate_size", config.Integer(ExpertInner) ?? (config.Size(Inner) / config.Size(ExpertsPerToken)));
        config.Set("norm_topk_prob", config.Flag(Normalised) ?? normalised);
        config.Set("mlp_only_layers", new JsonArray([.. Enumerable.Range(0, config.Blocks).Where(b => !config.HasTensor($"blk.{b}.ffn_gate_inp.weight")).Select(b => (JsonNode)b)]));
        config.Expect(Scale, 1, Unknown);
        config.Expect("expert_gating_func", Softmax, Unknown);
        Decoder.Complete(config);
    }

    private static GgufArchitecture DeepSeek(string type, string modelClass) => Decoder with
    {
        Name = "deepseek2",
        ModelType = type,
        ModelClass = modelClass,
        Options = With(Without(Decoder.Options, KeyHeads), (Experts, "n_routed_experts"), (ExpertsPerToken, "num_experts_per_tok")),
        BlockTensors = With(
            Without(MixtureTensors, "attn_k", "attn_v"),
            ("attn_q_a", "self_attn.q_a_proj"),
            ("attn_q_a_norm", "self_attn.q_a_layernorm"),
            ("attn_q_b", "self_attn.q_b_proj"),
            ("attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa"),
            ("attn_kv_a_norm", "self_attn.kv_a_layernorm"),
            ("attn_kv_b", JoinedName),
            ("attn_k_b", ""),
            ("attn_v_b", ""),
            ("exp_probs_b.bias", "mlp.gate.e_score_correction_bias"),
            ("ffn_gate_shexp", "mlp.shared_experts.gate_proj"),
            ("ffn_up_shexp", "mlp.shared_experts.up_proj"),
            ("ffn_down_shexp", "mlp.shared_experts.down_proj")),
        Join = JoinKeysAndValues,
        Complete = ReadDeepSeek,
    };

    private const string JoinedName = "self_attn.kv_b_proj";

    /// <summary>
    /// Newer files have the matrix that makes keys and values of the short vector in two, a stack of a matrix for each head: [heads, rank,
    /// key], each transposed, and [heads, value, rank].
    /// </summary>
    private static IEnumerable<StoredTensor> JoinKeysAndValues(GgufModel model)
    {
        for (int block = 0; block < model.Blocks; block++)
        {
            if (!model.Tensors.TryGetValue($"blk.{block}.attn_k_b.weight", out StoredTensor? keys) || !model.Tensors.TryGetValue($"blk.{block}.attn_v_b.weight", out StoredTensor? values))
            {
                continue;
            }

            if (keys.Shape.Rank != 3 || values.Shape.Rank != 3 || keys.Shape[0] != values.Shape[0] || keys.Shape[1] != values.Shape[2])
            {
                throw new CheckpointException(
                    $"'{model.Path}' has '{keys.Name}' of shape {keys.Shape} and '{values.Name}' of shape {values.Shape}; [heads, rank, key] and [heads, value, rank] are wanted. The file is damaged: download it again.");
            }

            yield return Joined($"model.layers.{block}.{JoinedName}.weight", keys, values);
        }
    }

    private static StoredTensor Joined(string name, StoredTensor keys, StoredTensor values)
    {
        (int heads, int rank, int key, int value) = (keys.Shape[0], keys.Shape[1], keys.Shape[2], values.Shape[1]);
        (float[] k, float[] v) = (keys.ToFloats(), values.ToFloats());
        float[] joined = new float[checked(heads * (key + value) * rank)];
        for (int head = 0; head < heads; head++)
        {
            Span<float> rows = joined.AsSpan(head * (key + value) * rank, (key + value) * rank);
            for (int row = 0; row < key; row++)
            {
                for (int column = 0; column < rank; column++)
                {
                    rows[(row * rank) + column] = k[(((head * rank) + column) * key) + row];
                }
            }

            v.AsSpan(head * value * rank, value * rank).CopyTo(rows[(key * rank)..]);
        }

        return StoredTensor.FromFloats(name, [heads * (key + value), rank], joined, keys.File);
    }

    private static void ReadDeepSeek(GgufConfig config)
    {
        bool second = config.ModelType == "deepseek_v2";
        ReadVocabulary(config);
        config.Set("num_key_value_heads", config.Size(Heads));
        ReadLatentAttention(config);
        config.Set("first_k_dense_replace", config.Integer("leading_dense_block_count") ?? 0);
        config.Set("moe_intermediate_size", config.Size(ExpertInner));
        config.Set("n_shared_experts", config.Integer("expert_shared_count") ?? 0);
        config.Set("routed_scaling_factor", config.Number(Scale) ?? 1);
        config.Expect("expert_gating_func", second ? Softmax : Sigmoid, "experts are scored in a way that the family does not know");
        config.Set("norm_topk_prob", config.Flag(Normalised) ?? !second);

        // Files of before the keys of groups: of the models with a sigmoid, those with 256 experts (V3, R1) have groups.
        bool large = !second && config.Size(Experts) == 256;
        long groups = config.Integer("expert_group_count") ?? (large ? 8 : 1);
        config.Set("n_group", groups);
        config.Set("topk_group", config.Integer("expert_group_used_count") ?? (large ? 4 : 1));
        config.Set("topk_method", second ? groups > 1 ? "group_limited_greedy" : "greedy" : "noaux_tc");
        config.Set("scoring_func", second ? "softmax" : "sigmoid");
        config.Ignore(SharedInner, "nextn_predict_layers");
    }

    private static void ReadLatentAttention(GgufConfig config)
    {
        // Where keys and values are made of the short vector only in the scores, the first keys are about that vector, and others about heads.
        string suffix = config.HasKey("attention.key_length_mla") ? "_mla" : "";
        config.Ignore(KeyHeads, "attention.key_length", "attention.value_length");
        long key = config.Size($"attention.key_length{suffix}"), turned = config.Size("rope.dimension_count");
        config.Set("q_lora_rank", config.Integer("attention.q_lora_rank") is { } rank and > 0 ? rank : null);
        config.Set("kv_lora_rank", config.Size("attention.kv_lora_rank"));
        config.Set("qk_nope_head_dim", key > turned ? key - turned : 0);
        config.Set("qk_rope_head_dim", turned);
        config.Set("v_head_dim", config.Size($"attention.value_length{suffix}"));
        config.ReadScaling();
        if (config.Number("rope.scaling.yarn_log_multiplier") is { } logarithm)
        {
            config.SetScaling("mscale", 10 * logarithm);
            config.SetScaling("mscale_all_dim", 10 * logarithm);
        }
    }
}
