namespace Mend.Ledger;

/// <summary>Base of everything the ledger throws that a caller can act on. Messages never hold prompts or targets.</summary>
public abstract class LedgerException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, the value seen, the value wanted, what to do.</param>
    /// <param name="inner">The cause, or null.</param>
    protected LedgerException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
