using System.Globalization;
using Mend.Ledger;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>What is lost of a ledger, as `mend recover --json` writes it.</summary>
internal sealed record RecoverReport
{
    public required string Ledger { get; init; }

    /// <summary>The version up to which the log is whole.</summary>
    public required long Whole { get; init; }

    /// <summary>What is wrong behind it, or null.</summary>
    public string? Damage { get; init; }

    /// <summary>The versions behind the damage.</summary>
    public required IReadOnlyList<LostRow> Lost { get; init; }

    /// <summary>Versions up to the damage whose factors are gone.</summary>
    public required IReadOnlyList<FactorsRow> MissingFactors { get; init; }

    /// <summary>Where the lost versions are kept; null where nothing was changed.</summary>
    public string? KeptAt { get; init; }

    public static RecoverReport Of(LedgerExamination found, string ledger, string? keptAt) => new()
    {
        Ledger = ledger,
        Whole = found.Whole.Number,
        Damage = found.Damage?.Message,
        Lost = [.. found.Beyond.Select(lost => new LostRow(
            lost.Version.Number,
            lost.Entry?.Kind,
            lost.Entry?.Time,
            lost.Entry is null ? [] : LogReport.EditsOf(lost.Entry),
            [.. (lost.Entry?.Reverts ?? []).Select(version => version.Number)]))],
        MissingFactors = [.. found.MissingFactors.Select(missing => new FactorsRow(missing.Version.Number, missing.Factors.Edit.Value, missing.Factors.Shard))],
        KeptAt = keptAt,
    };

    public void Write(IAnsiConsole console)
    {
        console.WriteLine(Damage is null ? $"The log is whole, up to version {Whole}." : $"The log is whole up to version {Whole}. {Damage}");
        foreach (FactorsRow missing in MissingFactors)
        {
            console.WriteLine($"Version {missing.Version}: the factors of edit {missing.Edit} for shard {missing.Shard} are gone; restore them, or revert the version and edit anew.");
        }

        if (Lost.Count == 0)
        {
            return;
        }

        Table table = CliOutput.Table("version", "time (UTC)", "what is lost");
        table.Columns[0].RightAligned();
        foreach (LostRow row in Lost)
        {
            table.AddRow(
                new Text(row.Version.ToString(CultureInfo.InvariantCulture)),
                new Text(row.Time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? ""),
                new Text(What(row)));
        }

        console.Write(table);
        console.WriteLine(KeptAt is null
            ? "Nothing was changed. Restore the ledger from a copy; or give these versions up with --yes, when nothing uses the ledger."
            : $"They are out of the log and kept in {KeptAt}. The next version is {Whole + 1}; restart whatever has the ledger open.");
    }

    private static string What(LostRow row) => row.Kind switch
    {
        null => "(cannot be read)",
        LedgerEntryKind.Revert => $"revert of {string.Join(", ", row.Reverts)}",
        LedgerEntryKind.Consolidation => "consolidation",
        LedgerEntryKind.Editor => "editor",
        _ => string.Join("\n", row.Edits.Select(edit => $"{edit.Prompt} -> {edit.Target}")),
    };

    /// <summary>A version behind the damage; without a kind where it cannot be read.</summary>
    internal sealed record LostRow(long Version, LedgerEntryKind? Kind, DateTimeOffset? Time, IReadOnlyList<LogReport.EditRow> Edits, IReadOnlyList<long> Reverts);

    /// <summary>Factors that are gone.</summary>
    internal sealed record FactorsRow(long Version, string Edit, int Shard);
}
