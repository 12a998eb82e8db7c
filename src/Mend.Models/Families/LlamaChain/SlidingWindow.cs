using System.Text.Json;

namespace Mend.Models.Families;

/// <summary>Which layers see a window only: sliding_window with max_window_layers, or layer_types written out.</summary>
internal static class SlidingWindow
{
    /// <summary>The option sliding_window: how many tokens a token sees, itself included; null means all.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="fallback">What an absent option means.</param>
    public static int? Size(ConfigReader config, int? fallback) => config.IntOrNull("sliding_window", fallback) is not < 1
        ? config.IntOrNull("sliding_window", fallback)
        : throw new ModelException($"'{config.Source}' has sliding_window = {config.Int("sliding_window")}; a positive number is wanted, or null for none.");

    /// <summary>All layers but every n-th, for n as an option has it.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="option">The option.</param>
    /// <param name="fallback">What an absent option means.</param>
    public static Func<int, bool> AllButEvery(ConfigReader config, string option, int fallback)
    {
        int every = config.Int(option, fallback);
        return every > 0
            ? layer => (layer + 1) % every != 0
            : throw new ModelException($"'{config.Source}' has {option} = {every}; a positive number is wanted.");
    }

    /// <summary>Reads the options.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="window">The window, where there is one; null means that no layer has one.</param>
    /// <param name="layers">Number of blocks.</param>
    /// <param name="first">First block with a window, unless layer_types says otherwise.</param>
    public static Func<int, int?> Read(ConfigReader config, int? window, int layers, int first) => Read(config, window, layers, layer => layer >= first);

    /// <summary>Reads the options.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="window">The window, where there is one; null means that no layer has one.</param>
    /// <param name="layers">Number of blocks.</param>
    /// <param name="slides">Which blocks have a window, unless layer_types says otherwise.</param>
    public static Func<int, int?> Read(ConfigReader config, int? window, int layers, Func<int, bool> slides)
    {
        if (config.Element("layer_types") is not { } types)
        {
            return layer => slides(layer) ? window : null;
        }

        string?[] kinds = types.ValueKind == JsonValueKind.Array ? [.. types.EnumerateArray().Select(t => t.ToString())] : [];
        if (kinds.Length != layers || kinds.Any(k => k is not ("full_attention" or "sliding_attention")))
        {
            throw new ModelException(
                $"'{config.Source}' has layer_types for {kinds.Length} of {layers} layers ({string.Join(", ", kinds.Distinct())}); " +
                "each must be \"full_attention\" or \"sliding_attention\".");
        }

        if (window is null && kinds.Contains("sliding_attention"))
        {
            throw new ModelException($"'{config.Source}' has layers with sliding_attention and no sliding_window; give the window's size.");
        }

        return i => kinds[i] == "sliding_attention" ? window : null;
    }
}
