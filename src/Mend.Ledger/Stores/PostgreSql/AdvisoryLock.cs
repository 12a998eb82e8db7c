namespace Mend.Ledger;

/// <summary>The first of the two numbers of each advisory lock: what it is for. "MEND" and a count; the second number says which one.</summary>
internal static class AdvisoryLock
{
    /// <summary>Held while a schema is changed; the second number is its name's hash.</summary>
    public const int Schema = 0x4D454E44;

    /// <summary>Held by a session for as long as an owner of holds lives; the second number is the owner's.</summary>
    public const int Owner = Schema + 1;

    /// <summary>Taken shared by holds and exclusively by the removal of staged factors; the second number is the ledger name's hash.</summary>
    public const int Removal = Schema + 2;
}
