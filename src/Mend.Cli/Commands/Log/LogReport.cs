using System.Globalization;
using Mend.Ledger;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>The versions of a model, as `mend log --json` writes them.</summary>
internal sealed record LogReport
{
    /// <summary>Where they are kept, or null when there are none yet.</summary>
    public string? Ledger { get; init; }

    /// <summary>The newest version; 0 is the unedited model.</summary>
    public long Head => Versions.Count == 0 ? 0 : Versions[^1].Version;

    public required IReadOnlyList<Row> Versions { get; init; }

    /// <summary>What entries mean at the newest one.</summary>
    public static IReadOnlyList<Row> Of(IReadOnlyList<LedgerEntry> entries)
    {
        IReadOnlyDictionary<ModelVersion, ModelVersion> reverted = LedgerLog.Reverted(entries);
        return [.. entries.Select(e => new Row(
            e.Version.Number,
            e.Kind,
            e.Time,
            EditsOf(e),
            [.. e.Reverts.Select(v => v.Number)],
            reverted.TryGetValue(e.Version, out ModelVersion by) ? by.Number : null,
            e.Edits.Sum(edit => edit.Consolidates?.Count ?? 0),
            e.Origin,
            e.Editor?.Name))];
    }

    /// <summary>The edits of a version.</summary>
    public static IReadOnlyList<EditRow> EditsOf(LedgerEntry entry) =>
        [.. entry.Edits.Where(edit => edit.Consolidates is null).Select(edit => new EditRow(edit.Prompt, edit.Target, edit.IdempotencyKey, edit.Forced == true, edit.Origin))];

    public void Write(IAnsiConsole console)
    {
        if (Versions.Count == 0)
        {
            console.WriteLine("No versions yet: the model is as it came. `mend edit` makes the first one.");
            return;
        }

        Table table = CliOutput.Table("version", "time (UTC)", "what", "state");
        table.Columns[0].RightAligned();
        foreach (Row row in Versions)
        {
            Style style = row.RevertedBy is null ? Style.Plain : new Style(decoration: Decoration.Dim);
            string what = row.Kind switch
            {
                LedgerEntryKind.Revert => $"revert of {string.Join(", ", row.Reverts)}{Show(row.Origin)}",
                LedgerEntryKind.Editor => $"editor {row.Editor}",
                LedgerEntryKind.Consolidation => $"consolidation of {row.Consolidates} edits",
                _ => string.Join("\n", row.Edits.Select(e => $"{e.Prompt} -> {e.Target}{(e.Forced ? " (forced)" : "")}{Show(e.Origin)}")),
            };
            table.AddRow(
                new Text(row.Version.ToString(CultureInfo.InvariantCulture), style),
                new Text(row.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), style),
                new Text(what, style),
                new Text(row.RevertedBy is { } by ? $"reverted by {by}" : "", style));
        }

        console.Write(table);
    }

    private static string Show(EditOrigin? origin) => origin is null
        ? ""
        : $"\n  {string.Join("; ", new[] { origin.Author is { } author ? $"by {author}" : null, origin.Reason, origin.Source, origin.Approver is { } approver ? $"approved by {approver}" : null }.OfType<string>())}";

    /// <summary>One version.</summary>
    internal sealed record Row(
        long Version, LedgerEntryKind Kind, DateTimeOffset Time, IReadOnlyList<EditRow> Edits, IReadOnlyList<long> Reverts, long? RevertedBy, int Consolidates, EditOrigin? Origin, string? Editor);

    /// <summary>One edit of a version.</summary>
    internal sealed record EditRow(string Prompt, string Target, string? Key, bool Forced, EditOrigin? Origin);
}
