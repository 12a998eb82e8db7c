using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>Mixtral 8x7B and 8x22B (Jiang et al., 2024) as Hugging Face stores them: Mistral with a mixture of experts in every layer.</summary>
internal sealed class Mixtral : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["mixtral"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = LlamaLayout.Read(
            config, new LlamaDefaults(Vocabulary: 32000, Inner: 14336, Positions: 4096 * 32, KeyHeads: 8) { Epsilon = 1e-5, Theta = 1e6 });
        int? window = SlidingWindow.Size(config, null);
        ExpertRouting routing = new()
        {
            Experts = ExpertCount.Read(config, "num_local_experts", 8) ?? 8,
            PerToken = config.Size("num_experts_per_tok", 2),
            Normalised = true,
        };

        // For training only.
        config.Ignore("router_jitter_noise", "router_aux_loss_coef", "output_router_logits");
        return (layout with
        {
            Window = SlidingWindow.Read(config, window, layout.Layers, first: 0),
            Mixtures = new MixtureLayout
            {
                Routing = routing.Checked(config, "num_local_experts"),
                Inner = layout.Inner,
                Module = "block_sparse_moe",
                Names = new ExpertNames(Gate: "w1", Up: "w3", Down: "w2"),
            },
        }).Describe();
    }
}
