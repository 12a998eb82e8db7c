namespace Mend.Ledger;

/// <summary>What entries mean together.</summary>
public static class LedgerLog
{
    /// <summary>The versions that are not in effect after the last of some entries, each with the one that took it back. A revert that was reverted itself takes nothing back.</summary>
    /// <param name="entries">All entries from the first up to some version, oldest first.</param>
    public static IReadOnlyDictionary<ModelVersion, ModelVersion> Reverted(IReadOnlyList<LedgerEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        Dictionary<ModelVersion, ModelVersion> reverted = [];
        foreach (LedgerEntry entry in entries.Reverse().Where(e => !reverted.ContainsKey(e.Version)))
        {
            foreach (ModelVersion target in entry.Reverts)
            {
                reverted.TryAdd(target, entry.Version);
            }
        }

        return reverted;
    }
}
