
namespace Mend.Ledger.CrashHarness;

/// <summary>Where the ledger under test lies: a folder, or an address of PostgreSQL.</summary>
internal static class Place
{
    public static ILedgerStore Open(string place, Action<string>? step = null) => PostgresLedgerAddress.IsAddress(place)
        ? new PostgresLedgerStore(PostgresLedgerAddress.Parse(place, "crash"), time: null, step)
        : new FileLedgerStore(place, time: null, step);
}
