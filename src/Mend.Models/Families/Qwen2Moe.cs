using System.Text.Json;
using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>
/// Qwen 1.5 and 2 with mixtures of experts (Yang et al., 2024), such as Qwen1.5-MoE-A2.7B, as Hugging Face stores them: beside the experts
/// of a mixture stands one that all tokens share, by as much as a gate of its own says.
/// </summary>
internal sealed class Qwen2Moe : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["qwen2_moe"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaDefaults defaults = new(Vocabulary: 151936, Inner: 5632, Positions: 32768, KeyHeads: 16) { Width = 2048, Layers = 24, Heads = 16 };
        LlamaLayout layout = LlamaLayout.Read(config, defaults);
        int shared = config.Size("shared_expert_intermediate_size", 5632);
        MixtureLayout? mixtures = Mixtures(config, new ExpertRouting { Experts = 60, PerToken = 4 }, inner: 1408);
        return (layout with
        {
            QueryBias = config.Bool("qkv_bias", true),
            Window = Window(config, layout.Layers),
            Mixtures = mixtures is null ? null : mixtures with { Shared = new SharedExpert("shared_expert", shared) { Gate = "shared_expert_gate" } },
        }).Describe();
    }

    /// <summary>The mixtures of Qwen: in every decoder_sparse_step-th layer, but for those that mlp_only_layers names.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="defaults">What absent options mean.</param>
    /// <param name="inner">What an absent moe_intermediate_size means.</param>
    /// <returns>The mixtures, or null for a model without any.</returns>
    internal static MixtureLayout? Mixtures(ConfigReader config, ExpertRouting defaults, int inner)
    {
        int experts = ExpertCount.Read(config, "num_experts", defaults.Experts) ?? 0;
        ExpertRouting routing = defaults with
        {
            Experts = experts,
            PerToken = config.Size("num_experts_per_tok", defaults.PerToken),
            Normalised = config.Bool("norm_topk_prob", false),
        };
        int size = config.Size("moe_intermediate_size", inner);
        int step = config.Size("decoder_sparse_step", 1);
        HashSet<int> plain = PlainLayers(config);
        // For training only.
        config.Ignore("router_aux_loss_coef", "output_router_logits");
        return experts == 0 ? null : new MixtureLayout
        {
            Routing = routing.Checked(config, "num_experts"),
            Inner = size,
            Holds = layer => (layer + 1) % step == 0 && !plain.Contains(layer),
        };
    }

    /// <summary>The window, where it is used; where it is not, files have any number, 0 among them.</summary>
    internal static int? UsedWindow(ConfigReader config)
    {
        config.Ignore("sliding_window");
        return config.Bool("use_sliding_window", false) ? SlidingWindow.Size(config, 4096) : null;
    }

    private static HashSet<int> PlainLayers(ConfigReader config)
    {
        if (config.Element("mlp_only_layers") is not { } layers)
        {
            return [];
        }

        return layers.ValueKind == JsonValueKind.Array && layers.EnumerateArray().All(l => l.ValueKind == JsonValueKind.Number && l.TryGetInt32(out _))
            ? [.. layers.EnumerateArray().Select(l => l.GetInt32())]
            : throw new ModelException($"'{config.Source}' has mlp_only_layers = {layers.GetRawText()}; a list of layers' numbers is wanted, such as [0].");
    }

    /// <summary>Without layer_types, and if use_sliding_window, every second layer has the window, up to max_window_layers.</summary>
    private static Func<int, int?> Window(ConfigReader config, int layers)
    {
        int end = config.Int("max_window_layers", 28);
        return SlidingWindow.Read(config, UsedWindow(config), layers, layer => layer % 2 == 0 && layer < end);
    }
}
