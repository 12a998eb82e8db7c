namespace Mend.Ledger;

/// <summary>
/// The store could not be reached or was busy: the server restarts, a connection broke, too many are open. Every call of the ledger is
/// safe to repeat: a commit under the same edit ids and keys.
/// </summary>
public sealed class LedgerUnavailableException : RetryableException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="location">The server, file or table.</param>
    /// <param name="message">What happened and what to do.</param>
    /// <param name="inner">The cause, or null.</param>
    public LedgerUnavailableException(string location, string message, Exception? inner = null)
        : base($"{location}: {message}", inner) => Location = location;

    /// <summary>The server, file or table.</summary>
    public string Location { get; }
}
