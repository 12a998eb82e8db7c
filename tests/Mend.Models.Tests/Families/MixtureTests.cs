using Mend.Models.Tests.Families.Naive;

namespace Mend.Models.Tests.Families;

/// <summary>Mixtures of experts with their options, forward and backward, against a naive float64 computation.</summary>
public sealed class MixtureTests
{
    private const int Width = 24, Inner = 20, Expert = 10, Vocabulary = 31, Turned = 8;
    private const string V2 = """ "qk_nope_head_dim": 4, "qk_rope_head_dim": 8, "v_head_dim": 6, "kv_lora_rank": 12 """;

    public static TheoryData<string, Variant> Variants { get; } = new()
    {
        {
            "mixtral, window", new("mixtral", """ "num_key_value_heads": 2, "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 3, "rope_theta": 900.0 """)
            {
                KeyHeads = 2, Window = 3, Theta = 900,
                Experts = new NaiveExperts(4, 2) { Normalised = true, Module = "block_sparse_moe", Names = ("w1", "w3", "w2") },
            }
        },
        {
            "mixtral, one expert per token", new("mixtral", """ "num_key_value_heads": 4, "num_local_experts": 3, "num_experts_per_tok": 1 """)
            {
                Theta = 1e6, Experts = new NaiveExperts(3, 1) { Normalised = true, Module = "block_sparse_moe", Names = ("w1", "w3", "w2") },
            }
        },
        {
            "qwen3_moe, weights as they are, every second layer", new("qwen3_moe", """ "num_key_value_heads": 2, "head_dim": 8, "num_experts": 6, "num_experts_per_tok": 3, "decoder_sparse_step": 2, "moe_intermediate_size": 10 """)
            {
                KeyHeads = 2, HeadSize = 8, Experts = new NaiveExperts(6, 3), Holds = layer => layer is 1,
            }
        },
        {
            "qwen3_moe, weights that sum to 1, one plain layer, biases", new("qwen3_moe", """ "num_key_value_heads": 4, "head_dim": 6, "num_local_experts": 5, "num_experts_per_tok": 2, "mlp_only_layers": [1], "norm_topk_prob": true, "attention_bias": true, "moe_intermediate_size": 10 """)
            {
                Experts = new NaiveExperts(5, 2) { Normalised = true }, Holds = layer => layer is 0 or 2,
            }
        },
        {
            "qwen2_moe, windows", new("qwen2_moe", """ "num_key_value_heads": 2, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 10, "shared_expert_intermediate_size": 14, "use_sliding_window": true, "sliding_window": 3, "max_window_layers": 2 """)
            {
                KeyHeads = 2, Windows = [3, null, null], Experts = new NaiveExperts(4, 2) { Shared = "shared_expert", SharedGate = "shared_expert_gate" },
            }
        },
        {
            "deepseek_v2, greedy, queries from the hidden states, nothing shared", new("deepseek_v2", $$"""{{V2}}, "q_lora_rank": null, "n_routed_experts": 4, "num_experts_per_tok": 2, "n_shared_experts": null, "moe_intermediate_size": 10, "routed_scaling_factor": 1.6 """)
            {
                Latent = new NaiveLatentAttention(4, null, 12, 4, Turned, 6) { Angle = Plain }, Experts = new NaiveExperts(4, 2) { Scale = 1.6 },
            }
        },
        {
            "deepseek_v2, groups, YaRN, biases, every second layer", new("deepseek_v2", $$"""
                {{V2}}, "q_lora_rank": 14, "n_routed_experts": 6, "num_experts_per_tok": 2, "n_group": 3, "topk_group": 2, "topk_method": "group_limited_greedy",
                "n_shared_experts": 2, "moe_intermediate_size": 10, "attention_bias": true, "mlp_bias": true, "moe_layer_freq": 2, "scoring_func": "softmax",
                "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16, "beta_fast": 32, "beta_slow": 1, "mscale": 0.7, "mscale_all_dim": 0.7}
                """)
            {
                Latent = new NaiveLatentAttention(4, 14, 12, 4, Turned, 6) { Angle = Yarn, Factor = Math.Pow((0.1 * 0.7 * Math.Log(4)) + 1, 2) },
                Experts = new NaiveExperts(6, 2) { Groups = 3, GroupsPerToken = 2, Shared = "shared_experts" },
                Holds = layer => layer is 0 or 2,
            }
        },
        {
            "deepseek_v3, groups, halves, weights as they are", new("deepseek_v3", $$"""
                {{V2}}, "q_lora_rank": 14, "n_routed_experts": 8, "num_experts_per_tok": 3, "n_group": 4, "topk_group": 2, "topk_method": "noaux_tc", "scoring_func": "sigmoid",
                "norm_topk_prob": false, "first_k_dense_replace": 1, "moe_intermediate_size": 10, "rope_interleave": false, "num_nextn_predict_layers": 1
                """)
            {
                Latent = new NaiveLatentAttention(4, 14, 12, 4, Turned, 6) { Angle = Plain, Interleaved = false },
                Experts = new NaiveExperts(8, 3) { Sigmoid = true, Corrected = true, Groups = 4, GroupsPerToken = 2, BestOfGroup = 2, Scale = 2.5, Shared = "shared_experts" },
                Holds = layer => layer > 0,
            }
        },
        {
            "deepseek_v3, one group, as Moonlight", new("deepseek_v3", $$"""{{V2}}, "q_lora_rank": null, "n_routed_experts": 6, "num_experts_per_tok": 2, "n_group": 1, "topk_group": 1, "first_k_dense_replace": 2, "moe_intermediate_size": 10, "n_shared_experts": 2, "routed_scaling_factor": 2.446 """)
            {
                Latent = new NaiveLatentAttention(4, null, 12, 4, Turned, 6) { Angle = Plain },
                Experts = new NaiveExperts(6, 2) { Sigmoid = true, Normalised = true, Corrected = true, BestOfGroup = 2, Scale = 2.446, Shared = "shared_experts" },
                Holds = layer => layer > 1,
            }
        },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Forward_PaddedBatch_IsTheNaiveComputationOfEachText(string name, Variant variant)
    {
        using SyntheticCheckpoint checkpoint = new(variant.Json, seed: 7);

        ChainComparison.Forward(name, checkpoint, variant.Naive(checkpoint.Weights));
    }

    /// <summary>The experts, the weights that the router gives them and what the router looks at: all of it has a gradient.</summary>
    [Theory]
    [MemberData(nameof(Variants))]
    public void Backward_FromTheLogitsToTheEmbeddings_IsTheDirectionalDerivative(string name, Variant variant)
    {
        using SyntheticCheckpoint checkpoint = new(variant.Json, seed: 11);

        ChainComparison.Backward(name, checkpoint, variant.Naive(checkpoint.Weights));
    }

    private static double Plain(int pair) => Math.Pow(10000, -2.0 * pair / Turned);

    /// <summary>By 4, for texts of 16 tokens in pre-training, with the usual borders.</summary>
    private static double Yarn(int pair)
    {
        double Border(double turns) => Turned * Math.Log(16 / (turns * 2 * Math.PI)) / (2 * Math.Log(10000));
        (double first, double last) = (Math.Max(Math.Floor(Border(32)), 0), Math.Min(Math.Ceiling(Border(1)), Turned - 1));
        double shrunk = Math.Clamp((pair - first) / (first == last ? 0.001 : last - first), 0, 1);
        return Plain(pair) * (1 - shrunk + (shrunk / 4));
    }

    /// <summary>A configuration, and what it means.</summary>
    public sealed record Variant(string Family, string Options)
    {
        public int KeyHeads { get; init; } = 4;

        public int HeadSize { get; init; } = 6;

        public int? Window { get; init; }

        public int?[]? Windows { get; init; }

        public double Theta { get; init; } = 10000;

        public Func<int, bool> Holds { get; init; } = _ => true;

        internal NaiveExperts Experts { get; init; } = new(1, 1);

        internal NaiveLatentAttention? Latent { get; init; }

        internal string Json => $$"""
            {"model_type": "{{Family}}", "hidden_size": {{Width}}, "intermediate_size": {{(Family == "mixtral" ? Expert : Inner)}}, "num_hidden_layers": 3,
             "num_attention_heads": 4, {{(Latent is null ? "" : "\"num_key_value_heads\": 4,")}} "vocab_size": {{Vocabulary}}, "rms_norm_eps": 1e-5,
             "max_position_embeddings": 64, {{Options}}}
            """;

        internal NaiveLlama Naive(Dictionary<string, double[]> weights) => new(weights, Width, Inner, 4, KeyHeads, HeadSize, 1e-5)
        {
            Tied = false,
            Windows = Windows ?? [Window, Window, Window],
            Theta = Theta,
            OtherAttention = Latent is null ? null : (model, layer, x) => Latent.Compute(model, layer, x),
            OtherMlp = layer => Holds(layer) ? (model, prefix, x) => Experts.Compute(model, prefix, x) : null,
        };

        public override string ToString() => Family;
    }
}
