namespace Mend.Models.Families;

/// <summary>Qwen 2 and 2.5 (Yang et al., 2024) as Hugging Face stores them: Llama with biases on queries, keys and values.</summary>
internal sealed class Qwen2 : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["qwen2"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = LlamaLayout.Read(config, new LlamaDefaults(Vocabulary: 151936, Inner: 22016, Positions: 32768, KeyHeads: 32));
        config.Require("use_mrope", false, "positions would have three coordinates");
        return (layout with { QueryBias = true, Window = Window(config, layout.Layers) }).Describe();
    }

    /// <summary>The window of Qwen 2 and 3: off unless use_sliding_window, and then from block max_window_layers on.</summary>
    internal static Func<int, int?> Window(ConfigReader config, int layers)
    {
        int? window = SlidingWindow.Size(config, 4096);
        int first = config.Int("max_window_layers", 28);
        bool used = config.Bool("use_sliding_window", false);
        return SlidingWindow.Read(config, used ? window : null, layers, first);
    }
}
