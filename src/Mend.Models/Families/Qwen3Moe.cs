using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>Qwen 3 with mixtures of experts (Yang et al., 2025), such as Qwen3-30B-A3B, as Hugging Face stores it.</summary>
internal sealed class Qwen3Moe : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["qwen3_moe"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaDefaults defaults = new(Vocabulary: 151936, Inner: 6144, Positions: 32768, KeyHeads: 4) { Width = 2048, Layers = 24 };
        LlamaLayout layout = LlamaLayout.Read(config, defaults);
        bool bias = config.Bool("attention_bias", false);

        // Unlike in Qwen 3, a window that is used is used in every layer.
        config.Ignore("max_window_layers");
        return (layout with
        {
            QueryBias = bias,
            OutputBias = bias,
            HeadNorm = HeadNorms.Shared,
            Window = SlidingWindow.Read(config, Qwen2Moe.UsedWindow(config), layout.Layers, first: 0),
            Mixtures = Qwen2Moe.Mixtures(config, new ExpertRouting { Experts = 128, PerToken = 8 }, inner: 768),
        }).Describe();
    }
}
