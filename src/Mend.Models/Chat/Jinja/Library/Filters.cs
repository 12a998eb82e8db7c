using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>A filter; the first argument is what it is applied to.</summary>
internal delegate object? Filter(RenderRun run, CallArguments arguments);

/// <summary>The filters of Jinja by name, and transformers' tojson.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Filter> All =
        new[] { TextFilters.All, NumberFilters.All, SequenceFilters.All, SelectionFilters.All }.SelectMany(f => f).ToDictionary(StringComparer.Ordinal);

    /// <summary>Applies a filter.</summary>
    /// <param name="run">Counts what it costs.</param>
    /// <param name="name">Its name.</param>
    /// <param name="value">What it is applied to.</param>
    /// <param name="more">What stands in its brackets.</param>
    public static object? Apply(RenderRun run, string name, object? value, CallArguments more)
    {
        run.Step();
        return All.TryGetValue(name, out var filter)
            ? filter(run, new CallArguments([value, .. more.Positional], more.Named))
            : throw new TemplateFault($"No filter named '{name}'.");
    }

    public static bool Exists(string name) => All.ContainsKey(name);
}
