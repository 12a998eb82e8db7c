using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>
/// The text models of Gemma 3 (Kamath et al., 2025) as Hugging Face stores them: Gemma 2 with norms on query and key heads instead of soft
/// limits, and five layers with a window and rotary positions of their own to each that sees all.
/// </summary>
internal sealed class Gemma3 : IModelFamily
{
    private const string Global = "full_attention", Local = "sliding_attention", Parameters = "rope_parameters";

    public IReadOnlyList<string> ModelTypes { get; } = ["gemma3_text"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        RotaryScheme? local = null;
        LlamaLayout layout = Gemma2.Read(config, new LlamaDefaults(Vocabulary: 262208, Inner: 9216, Positions: 131072, KeyHeads: 4, HeadSize: 256)
        {
            Width = 2304,
            Layers = 26,
            Heads = 8,
            Theta = 1e6,
            Rotary = (reader, defaults) =>
            {
                (RotaryScheme global, local) = Rotary(reader, defaults);
                return global;
            },
        });
        RotaryScheme near = local!;
        RotaryTable all = new(layout.Rotary, interleaved: false), few = new(near, interleaved: false, "layers with a window");
        config.Ignore("_sliding_window_pattern"); // the library's own default, whatever layer_types says
        Func<int, int?> window = SlidingWindow.Read(
            config, SlidingWindow.Size(config, 4096), layout.Layers, SlidingWindow.AllButEvery(config, "sliding_window_pattern", 6));
        return (layout with
        {
            Window = window,
            HeadNorm = HeadNorms.Shared,
            TurnOf = layer => window(layer) is null ? all : few,
            CacheServes = layout.Rotary.Serves is null && near.Serves is null
                ? null
                : (held, length) => layout.Rotary.Serves?.Invoke(held, length) != false && near.Serves?.Invoke(held, length) != false,
            ScoreCap = config.PositiveOrNull("attn_logit_softcapping", null),
            LogitCap = config.PositiveOrNull("final_logit_softcapping", null),
        }).Describe();
    }

    /// <summary>
    /// Newer files have rope_parameters by kind of layer; older ones rope_theta and rope_scaling for the layers that see all, and
    /// rope_local_base_freq for the others, which are never scaled.
    /// </summary>
    private static (RotaryScheme Global, RotaryScheme Local) Rotary(ConfigReader config, RotaryDefaults defaults)
    {
        RotaryDefaults local = defaults with { Theta = config.Number("rope_local_base_freq", 10000) };
        if (config.Section(Parameters) is not { } parameters || !(parameters.Has(Global) || parameters.Has(Local)))
        {
            return (RotaryOptions.Read(config, defaults), RotaryOptions.Of(config, null, local));
        }

        RotaryDefaults global = defaults with { Theta = config.Number("rope_theta", defaults.Theta) };
        return (RotaryOptions.Of(config, parameters.Section(Global), global), RotaryOptions.Of(config, parameters.Section(Local), local));
    }
}
