using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>
/// What DeepSeek V2 and V3 share: the chain of Llama with latent attention, and mixtures of experts after the first layers. What differs is
/// what absent options mean, and how tokens find their experts.
/// </summary>
internal static class DeepSeekLayout
{
    /// <summary>Reads the options of the chain and of its attention.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="defaults">What absent options of the chain mean.</param>
    /// <param name="interleaved">Whether the pairs that are turned are neighbours.</param>
    public static LlamaLayout Read(ConfigReader config, LlamaDefaults defaults, bool interleaved)
    {
        (int plain, int turned) = (config.Size("qk_nope_head_dim", 128), config.Size("qk_rope_head_dim", 64));
        LlamaLayout layout = LlamaLayout.Read(config, defaults with { Turned = turned });
        if (layout.KeyHeads != layout.Heads)
        {
            throw new ModelException(
                $"'{config.Source}' has num_key_value_heads = {layout.KeyHeads} and num_attention_heads = {layout.Heads}; latent attention makes a key for every head, so both are equal.");
        }

        // Said again, for training only, or about layers behind the last that predict further tokens and take no part here.
        config.Ignore(
            "qk_head_dim", "aux_loss_alpha", "seq_aux", "ep_size", "router_aux_loss_coef", "output_router_logits", "num_nextn_predict_layers", "num_mtp_layers");
        double magnitude = layout.Rotary.AllDimensionsMagnitude;
        LatentOptions attention = new()
        {
            Heads = layout.Heads,
            QueryRank = config.IntOrNull("q_lora_rank", 1536),
            KeyRank = config.Size("kv_lora_rank", 512),
            Plain = plain,
            Turned = turned,
            Value = config.Size("v_head_dim", 128),
            Bias = config.Bool("attention_bias", false),
            Scale = (float)(magnitude * magnitude / Math.Sqrt(plain + turned)),
            Turn = new RotaryTable(layout.Rotary, interleaved),
        };
        return layout with { OtherAttention = (parameters, prefix) => new LatentAttention(parameters, prefix, layout.Width, attention) };
    }

    /// <summary>Reads the options of the mixtures.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="defaults">What absent options mean.</param>
    /// <returns>The mixtures, or null for a model without any.</returns>
    public static MixtureLayout? Mixtures(ConfigReader config, DeepSeekExperts defaults)
    {
        ExpertRouting routing = defaults.Routing with
        {
            PerToken = config.Size("num_experts_per_tok", defaults.Routing.PerToken),
            Scale = (float)config.Number("routed_scaling_factor", defaults.Routing.Scale),
            Groups = config.Size("n_group", defaults.Routing.Groups),
            GroupsPerToken = config.Size("topk_group", defaults.Routing.GroupsPerToken),
        };
        int inner = config.Size("moe_intermediate_size", defaults.Inner);
        int shared = config.IntOrNull("n_shared_experts", defaults.Shared) ?? 0;
        int first = config.Int("first_k_dense_replace", defaults.FirstLayer);
        int every = config.Size("moe_layer_freq", 1);
        return ExpertCount.Read(config, "n_routed_experts", defaults.Routing.Experts) is not { } experts ? null : new MixtureLayout
        {
            Routing = routing with { Experts = experts },
            Inner = inner,
            Holds = layer => layer >= first && layer % every == 0,
            Shared = shared > 0 ? new SharedExpert("shared_experts", inner * shared) : null,
        };
    }
}

/// <summary>What absent options of the mixtures mean.</summary>
/// <param name="Routing">n_routed_experts, num_experts_per_tok, routed_scaling_factor, n_group and topk_group; and how scores are made.</param>
/// <param name="Inner">moe_intermediate_size.</param>
/// <param name="Shared">n_shared_experts.</param>
/// <param name="FirstLayer">first_k_dense_replace.</param>
internal sealed record DeepSeekExperts(ExpertRouting Routing, int Inner, int Shared, int FirstLayer);
