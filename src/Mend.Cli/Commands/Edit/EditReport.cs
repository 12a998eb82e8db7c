using Mend.Sharding;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>An edit or its preview, as `mend edit --json` and `mend preview --json` write it.</summary>
internal sealed record EditReport
{
    private const int MostRows = 40;

    /// <summary>The version that holds the edits, or the one that a preview lies on.</summary>
    public required long Version { get; init; }

    /// <summary>Whether the edits are in the ledger now.</summary>
    public required bool Committed { get; init; }

    /// <summary>Whether an earlier request with the same key had committed them.</summary>
    public bool AlreadyCommitted { get; init; }

    /// <summary>Edits that were not committed, because they would not do what they should.</summary>
    public IReadOnlyList<RejectedEdit> Rejected { get; init; } = [];

    /// <summary>Where versions are kept, or null for a preview without ledger.</summary>
    public string? Ledger { get; init; }

    public required IReadOnlyList<Row> Prompts { get; init; }

    /// <summary>Milliseconds by stage.</summary>
    public required IReadOnlyDictionary<string, double> StagesMs { get; init; }

    /// <summary>A row a probe.</summary>
    /// <param name="probes">The probes.</param>
    /// <param name="before">What they read before.</param>
    /// <param name="after">What they read afterwards; null when they could not be read.</param>
    public static IReadOnlyList<Row> Rows(IReadOnlyList<Probe> probes, IReadOnlyList<ProbeReading> before, IReadOnlyList<ProbeReading>? after) =>
        [.. probes.Select((p, i) => new Row(
            p.Kind, p.Prompt, p.Target, before[i].Answer, after?[i].Answer, before[i].Probability, after?[i].Probability, after?[i].IsTarget))];

    public static IReadOnlyDictionary<string, double> Milliseconds(IEnumerable<StageDuration> stages) =>
        stages.ToDictionary(s => s.Stage, s => s.Duration.TotalMilliseconds);

    public void Write(IAnsiConsole console)
    {
        console.Write(Table(Prompts.Take(MostRows)));
        if (Prompts.Count > MostRows)
        {
            console.WriteLine($"… and {Prompts.Count - MostRows} more prompts; --json has all of them.");
        }

        console.WriteLine((Committed, AlreadyCommitted) switch
        {
            (false, _) => $"A preview on top of version {Version}; nothing was committed.",
            (_, true) => $"Committed earlier under the same key, as version {Version}; nothing new was committed.",
            _ => $"Committed as version {Version} in {Ledger}.",
        });
        if (StagesMs.Count > 0)
        {
            console.WriteLine("Time: " + string.Join(", ", StagesMs.Select(s => $"{s.Key} {Format.Milliseconds(TimeSpan.FromMilliseconds(s.Value))}")) + ".");
        }

        foreach (RejectedEdit rejected in Rejected)
        {
            console.WriteLine($"Not committed: \"{rejected.Prompt}\" -> \"{rejected.Target}\": {rejected.Reason}.");
        }

        List<Row> missed = [.. Prompts.Where(p => p.Kind == "edit" && p.IsTargetAfter == false)];
        if (missed.Count > 0)
        {
            console.WriteLine($"The model still does not say the wanted answer on {missed.Count} of {Prompts.Count(p => p.Kind == "edit")} edited prompts.");
        }
    }

    internal static Table Table(IEnumerable<Row> rows)
    {
        Table table = CliOutput.Table("", "prompt", "before", "after", "wanted", "p before", "p after");
        table.Columns[5].RightAligned();
        table.Columns[6].RightAligned();
        foreach (Row row in rows)
        {
            table.AddRow(
                new Text(row.Kind),
                new Text(row.Prompt),
                new Text(row.Before),
                new Text(row.After ?? "", row.After is null || row.Before == row.After ? Style.Plain : new Style(Color.Green)),
                new Text(row.Target ?? ""),
                new Text(row.ProbabilityBefore is { } before ? Format.Probability(before) : ""),
                new Text(row.ProbabilityAfter is { } after ? Format.Probability(after) : ""));
        }

        return table;
    }

    /// <summary>One prompt before and after.</summary>
    internal sealed record Row(
        string Kind,
        string Prompt,
        string? Target,
        string Before,
        string? After,
        double? ProbabilityBefore,
        double? ProbabilityAfter,
        bool? IsTargetAfter);
}
