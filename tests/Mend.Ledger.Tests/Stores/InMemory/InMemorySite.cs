namespace Mend.Ledger.Tests;

internal sealed class InMemorySite : LedgerSite
{
    private InMemoryLedgerStore? _first;

    public override Task CrashAsync(ILedgerStore store)
    {
        ((InMemoryLedgerStore)store).Crash();
        return Task.CompletedTask;
    }

    public override Task DamageAsync(LedgerItem item, Func<byte[], byte[]?> change) =>
        throw new NotSupportedException("Nothing outside the process can reach a ledger in memory.");

    protected override ILedgerStore Open(TimeProvider? time, Action<string>? step) => (_first ??= new InMemoryLedgerStore(time)).Connect();
}
