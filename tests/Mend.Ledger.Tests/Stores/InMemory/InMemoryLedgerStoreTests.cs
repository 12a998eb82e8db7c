namespace Mend.Ledger.Tests;

public sealed class InMemoryDamageTests() : DamageTests(() => new InMemorySite());

public sealed class InMemoryLedgerStoreTests() : LedgerStoreTests(() => new InMemorySite());

public sealed class InMemoryEditLedgerTests() : EditLedgerTests(() => new InMemorySite());

public sealed class InMemoryFaultInjectionTests() : FaultInjectionTests(() => new InMemorySite());
