namespace Mend.Ledger;

/// <summary>What a ledger says about itself, written once when it is created.</summary>
public sealed record LedgerHeader
{
    /// <summary>The base model every edit of this ledger was made for.</summary>
    public required BaseModelFingerprint BaseModel { get; init; }

    /// <summary>When the ledger was created, in UTC by the creator's clock.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}
