using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>
/// DeepSeek V3 and R1 (DeepSeek-AI, 2024) as Hugging Face stores them, and Moonlight: experts are chosen by corrected scores, of the groups
/// whose two best add up to most.
/// </summary>
internal sealed class DeepSeekV3 : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["deepseek_v3"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaDefaults defaults = new(Vocabulary: 129280, Inner: 18432, Positions: 4096) { Width = 7168, Layers = 61, Heads = 128 };
        LlamaLayout layout = DeepSeekLayout.Read(config, defaults, config.Bool("rope_interleave", true));
        config.RequireText("scoring_func", "sigmoid", "experts would be scored in another way");
        config.RequireText("topk_method", "noaux_tc", "experts would be chosen in another way");
        config.Require("mlp_bias", false, "its MLPs have no biases");
        ExpertRouting routing = new()
        {
            Experts = 256,
            PerToken = 8,
            Sigmoid = true,
            Normalised = config.Bool("norm_topk_prob", true),
            Scale = 2.5f,
            Groups = 8,
            GroupsPerToken = 4,
            BestOfGroup = 2,
        };
        MixtureLayout? mixtures = DeepSeekLayout.Mixtures(config, new DeepSeekExperts(routing, Inner: 2048, Shared: 1, FirstLayer: 3));
        return (layout with
        {
            Mixtures = mixtures is null ? null : mixtures with { Routing = mixtures.Routing.Checked(config, "n_routed_experts"), Corrected = true },
        }).Describe();
    }
}
