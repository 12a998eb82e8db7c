namespace Mend.Ledger;

/// <summary>
/// Something the ledger needs is missing or altered. The ledger refuses to go on rather than leave a committed edit out.
/// </summary>
public sealed class LedgerDamagedException : LedgerException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="location">The file or row that is damaged.</param>
    /// <param name="damage">What is wrong with it.</param>
    /// <param name="remedy">What to do.</param>
    /// <param name="inner">The cause, or null.</param>
    public LedgerDamagedException(string location, string damage, string remedy, Exception? inner = null)
        : base($"{location}: {damage} {remedy}", inner)
    {
        Location = location;
        Remedy = remedy;
    }

    /// <summary>The file or row that is damaged.</summary>
    public string Location { get; }

    /// <summary>What to do.</summary>
    public string Remedy { get; }
}
