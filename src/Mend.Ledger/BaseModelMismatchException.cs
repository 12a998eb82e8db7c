namespace Mend.Ledger;

/// <summary>A ledger was opened for another base model than its edits were made for.</summary>
public sealed class BaseModelMismatchException : LedgerException
{
    internal BaseModelMismatchException(string location, BaseModelFingerprint opened, BaseModelFingerprint stored)
        : base($"The ledger at {location} belongs to base model '{stored.Name}', not to '{opened.Name}': " +
            $"{string.Join("; ", opened.DifferencesFrom(stored))} (here: the model being opened, there: the ledger). " +
            "Open it with the checkpoint it was made for, or give this checkpoint a ledger of its own.")
    {
        Opened = opened;
        Stored = stored;
    }

    /// <summary>The base model the caller asked for.</summary>
    public BaseModelFingerprint Opened { get; }

    /// <summary>The base model in the ledger's header.</summary>
    public BaseModelFingerprint Stored { get; }
}
