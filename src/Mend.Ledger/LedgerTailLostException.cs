namespace Mend.Ledger;

/// <summary>
/// The store no longer has entries that this process has read, and perhaps served: a standby took over that was behind, or a backup was
/// restored under it. Nothing is wrong with the ledger as it is now; this process knows versions that are none any more, and refuses
/// to go on rather than mix the two. Opening the ledger anew, as a restart does, goes on from what is there.
/// </summary>
public sealed class LedgerTailLostException : LedgerException
{
    private const int MostNamed = 20;

    internal LedgerTailLostException(string location, ModelVersion kept, IReadOnlyList<LedgerEntry> lost)
        : base($"{location}: the ledger lost its tail. This process has read {lost.Count} versions after version {kept} that are gone or were replaced: {Describe(lost)}. " +
            "Restart this process to go on from what is there; send lost edits again, or restore the entries from a copy first.")
    {
        Location = location;
        Kept = kept;
        Lost = lost;
    }

    /// <summary>The newest entry that the store still has of those that this process has read.</summary>
    public string Location { get; }

    /// <summary>Its version.</summary>
    public ModelVersion Kept { get; }

    /// <summary>The entries that are lost, oldest first; their prompts are in no message.</summary>
    public IReadOnlyList<LedgerEntry> Lost { get; }

    private static string Describe(IReadOnlyList<LedgerEntry> lost) => string.Join("; ", lost.Take(MostNamed).Select(Describe))
        + (lost.Count > MostNamed ? $"; and {lost.Count - MostNamed} more" : "");

    private static string Describe(LedgerEntry entry) => entry.Editor is { } editor ? $"{entry.Version} (editor '{editor.Name}')"
        : entry.Kind == LedgerEntryKind.Revert
        ? $"{entry.Version} (revert of {string.Join(", ", entry.Reverts)}{Key(entry.IdempotencyKey)})"
        : $"{entry.Version} ({string.Join(", ", entry.Edits.Select(edit => $"edit {edit.Id}{Key(edit.IdempotencyKey)}"))})";

    private static string Key(string? key) => key is null ? "" : $" with key {key}";
}
