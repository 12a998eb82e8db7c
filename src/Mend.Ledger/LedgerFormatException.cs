namespace Mend.Ledger;

/// <summary>The ledger was written by a newer release than this one.</summary>
public sealed class LedgerFormatException : LedgerException
{
    internal LedgerFormatException(string location, int found, int supported)
        : base($"{location} has format {found}; this release reads up to {supported}. Upgrade every process that opens this ledger.")
    {
        Location = location;
        Found = found;
        Supported = supported;
    }

    /// <summary>The file or row.</summary>
    public string Location { get; }

    /// <summary>Its format number.</summary>
    public int Found { get; }

    /// <summary>The newest format this release reads.</summary>
    public int Supported { get; }
}
