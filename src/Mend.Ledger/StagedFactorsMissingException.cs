namespace Mend.Ledger;

/// <summary>A commit names factors that are not staged: never prepared, or collected because nobody held their edit. Nothing was committed.</summary>
public sealed class StagedFactorsMissingException : LedgerException
{
    internal StagedFactorsMissingException(IReadOnlyList<StagedKey> missing)
        : base($"{missing.Count} staged file(s) that the commit names are not there, the first: {missing[0]}. " +
            "Prepare again; hold the edit (EditLedger.HoldAsync) from before the first prepare until after the commit.")
    {
        Missing = missing;
    }

    /// <summary>The files, at least one.</summary>
    public IReadOnlyList<StagedKey> Missing { get; }
}
