namespace Mend.Ledger.CrashHarness;

/// <summary>The system's clock, but later: to it, everything is old.</summary>
internal sealed class LaterClock(TimeSpan by) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
}
