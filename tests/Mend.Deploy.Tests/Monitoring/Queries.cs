using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mend.Deploy.Tests;

/// <summary>What dashboards and alerts ask Prometheus.</summary>
internal static partial class Queries
{
    private static readonly HashSet<string> Functions = new(StringComparer.Ordinal)
    {
        "sum", "max", "min", "count", "rate", "increase", "histogram_quantile", "by", "on", "or", "group_right",
    };

    /// <summary>Expressions with where they stand; variables of dashboards are filled in.</summary>
    public static IReadOnlyList<(string Where, string Expression, string Legend)> All { get; } =
    [
        .. Directory.EnumerateFiles(Tool.File("deploy", "grafana", "dashboards")).SelectMany(Dashboard),
        .. RuleFile.Read().Groups.SelectMany(g => g.Rules).Select(r => (r.Alert, r.Expr, "")),
    ];

    /// <summary>The metrics of an expression, each with the labels that are asked of it or of what it is summed by.</summary>
    public static (IReadOnlySet<string> Metrics, IReadOnlySet<string> Labels) Names(string expression, string legend)
    {
        HashSet<string> labels = [.. Selectors().Matches(expression).SelectMany(s => Matchers().Matches(s.Value)).Select(m => m.Groups[1].Value)];
        labels.UnionWith(Groupings().Matches(expression).SelectMany(g => g.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));
        labels.UnionWith(Legends().Matches(legend).Select(l => l.Groups[1].Value));
        string bare = Groupings().Replace(Ranges().Replace(Selectors().Replace(expression, " "), " "), " ");
        return (Words().Matches(bare).Select(w => w.Value).Where(w => !Functions.Contains(w)).ToHashSet(), labels);
    }

    private static IEnumerable<(string, string, string)> Dashboard(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        return
        [
            .. from panel in document.RootElement.GetProperty("panels").EnumerateArray()
               where panel.TryGetProperty("targets", out _)
               from target in panel.GetProperty("targets").EnumerateArray()
               select (
                   panel.GetProperty("title").GetString()!,
                   target.GetProperty("expr").GetString()!.Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("$cluster", ".+", StringComparison.Ordinal).Replace("$quantile", "0.95", StringComparison.Ordinal),
                   target.GetProperty("legendFormat").GetString()!),
        ];
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Selectors();

    [GeneratedRegex(@"([a-z_]+)\s*(?:=~|!=|=)")]
    private static partial Regex Matchers();

    [GeneratedRegex(@"\b(?:by|on|group_right)\s*\(([^)]*)\)")]
    private static partial Regex Groupings();

    [GeneratedRegex(@"\{\{\s*([a-z_]+)\s*\}\}")]
    private static partial Regex Legends();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Ranges();

    [GeneratedRegex("[a-z_]+[a-z_0-9]*")]
    private static partial Regex Words();
}
