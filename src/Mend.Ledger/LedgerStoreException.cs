namespace Mend.Ledger;

/// <summary>A store could not do what was asked, for example because the file system lacks hard links or locks.</summary>
public sealed class LedgerStoreException : LedgerException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="location">The file, folder or table.</param>
    /// <param name="message">What happened and what to do.</param>
    /// <param name="inner">The cause, or null.</param>
    public LedgerStoreException(string location, string message, Exception? inner = null)
        : base($"{location}: {message}", inner)
    {
        Location = location;
    }

    /// <summary>The file, folder or table.</summary>
    public string Location { get; }
}
