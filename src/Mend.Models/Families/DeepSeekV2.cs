using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>DeepSeek V2 and V2 Lite (DeepSeek-AI, 2024) as Hugging Face stores them.</summary>
internal sealed class DeepSeekV2 : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["deepseek_v2"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = DeepSeekLayout.Read(config, new LlamaDefaults(Vocabulary: 32000, Inner: 11008, Positions: 2048), interleaved: true);
        bool bias = config.Bool("mlp_bias", false);
        config.RequireText("scoring_func", "softmax", "experts would be scored in another way");

        // Files say whether the weights of a token's experts are to sum to 1; Hugging Face's library never lets them, whatever they say.
        config.Ignore("norm_topk_prob");
        ExpertRouting routing = new() { Experts = 64, PerToken = 6 };
        MixtureLayout? mixtures = DeepSeekLayout.Mixtures(config, new DeepSeekExperts(routing, Inner: 1407, Shared: 2, FirstLayer: 0));
        bool grouped = Grouped(config);
        return (layout with
        {
            MlpBias = bias,
            Mixtures = mixtures is null ? null : mixtures with
            {
                Routing = (grouped ? mixtures.Routing : mixtures.Routing with { Groups = 1, GroupsPerToken = 1 }).Checked(config, "n_routed_experts"),
                Shared = mixtures.Shared is null ? null : mixtures.Shared with { Bias = bias },
            },
        }).Describe();
    }

    /// <summary>Whether a token's experts are of its best groups, a group being as good as its best expert.</summary>
    private static bool Grouped(ConfigReader config) => config.String("topk_method", "greedy") switch
    {
        "group_limited_greedy" => true,

        // The second is how the authors' own defaults spell it.
        "greedy" or "gready" => false,
        string other => throw new ModelException($"'{config.Source}' chooses experts by topk_method = \"{other}\". Supported: greedy, group_limited_greedy."),
    };
}
