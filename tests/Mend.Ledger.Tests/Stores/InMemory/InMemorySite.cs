namespace Mend.Ledger.Tests;

internal sealed class InMemorySite : LedgerSite
{
    private InMemoryLedgerStore? _first;

    public override Task DamageAsync(LedgerItem item, Func<byte[], byte[]?> change)
    {
        _first!.Damage(item, change);
        return Task.CompletedTask;
    }

    protected override ILedgerStore Open(TimeProvider? time, Action<string>? step) => (_first ??= new InMemoryLedgerStore()).Connect(time);
}
