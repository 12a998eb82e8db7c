namespace Mend.Ledger;

/// <summary>The first of the two numbers of each advisory lock: what it is for. "MEND" and a count; the second number says which one.</summary>
internal static class AdvisoryLock
{
    /// <summary>Held while a schema is changed; the second number is its name's hash.</summary>
    public const int Schema = 0x4D454E44;
}
