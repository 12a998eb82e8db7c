namespace Mend.Ledger.Tests;

public sealed class InMemoryLedgerStoreTests : LedgerStoreTests
{
    private readonly InMemoryLedgerStore _first = new();

    protected override ILedgerStore Connect() => _first.Connect();

    protected override void Crash(ILedgerStore store) => ((InMemoryLedgerStore)store).Crash();
}
