using System.Text.Json;

namespace Mend.Models.Families;

/// <summary>Which layers see a window only: sliding_window with max_window_layers, or layer_types written out.</summary>
internal static class SlidingWindow
{
    /// <summary>Reads the options.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="window">The window, where there is one; null means that no layer has one.</param>
    /// <param name="layers">Number of blocks.</param>
    /// <param name="first">First block with a window, unless layer_types says otherwise.</param>
    public static Func<int, int?> Read(ConfigReader config, int? window, int layers, int first)
    {
        if (config.Element("layer_types") is not { } types)
        {
            return i => i >= first ? window : null;
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
