using System.Text.Json;

namespace Mend.Models.Families;

/// <summary>SmolLM3 (Bakouch et al., 2025) as Hugging Face stores it: Llama with some layers that know no positions.</summary>
internal sealed class SmolLm3 : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["smollm3"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = LlamaLayout.Read(config, new LlamaDefaults(Vocabulary: 128256, Inner: 11008, Positions: 32768, KeyHeads: 4)
        {
            Width = 2048,
            Layers = 36,
            Heads = 16,
            Theta = 2e6,
            Tied = true,
        });
        bool[] turns = Turns(config, layout.Layers);
        int? window = SlidingWindow.Size(config, null);
        bool slides = config.Bool("use_sliding_window", false) && window is not null;

        // layer_types says nothing where there is no window; the other is the library's own default, and nothing reads it.
        config.Ignore("layer_types", "max_window_layers");
        bool bias = config.Bool("attention_bias", false);
        return (layout with
        {
            TurnOf = layer => turns[layer] ? layout.TurnOf(layer) : null,
            Window = !slides ? _ => null : SlidingWindow.Read(config, window, layout.Layers, slides: layer => !turns[layer]),
            QueryBias = bias,
            OutputBias = bias,
            MlpBias = config.Bool("mlp_bias", false),
        }).Describe();
    }

    /// <summary>Which layers have rotary positions: no_rope_layers holds 0, against its name, for those that have none.</summary>
    private static bool[] Turns(ConfigReader config, int layers)
    {
        int interval = config.Int("no_rope_layer_interval", 4);
        if (config.Element("no_rope_layers") is not { } written)
        {
            return interval > 0
                ? [.. Enumerable.Range(0, layers).Select(layer => (layer + 1) % interval != 0)]
                : throw new ModelException($"'{config.Source}' has no_rope_layer_interval = {interval}; a positive number is wanted.");
        }

        int[] turns = written.ValueKind == JsonValueKind.Array
            ? [.. written.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out int value) ? value : -1)]
            : [];
        return turns.Length == layers && turns.All(t => t is 0 or 1)
            ? Array.ConvertAll(turns, t => t == 1)
            : throw new ModelException($"'{config.Source}' has no_rope_layers for {turns.Length} of {layers} layers; each must be 0 or 1.");
    }
}
