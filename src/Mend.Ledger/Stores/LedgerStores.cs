namespace Mend.Ledger;

/// <summary>Opens the store that a text names: a folder, or a ledger of a PostgreSQL database.</summary>
public static class LedgerStores
{
    /// <summary>Opens a store; nothing is connected before the first call.</summary>
    /// <param name="ledger">A folder, or an address as <see cref="PostgresLedgerAddress"/> reads it.</param>
    /// <param name="model">The ledger's name where the address has none.</param>
    /// <param name="time">The clock that dates staged factors; null for the system's.</param>
    /// <exception cref="LedgerStoreException">The address cannot be read.</exception>
    public static ILedgerStore Open(string ledger, string model, TimeProvider? time = null) => PostgresLedgerAddress.IsAddress(ledger)
        ? new PostgresLedgerStore(PostgresLedgerAddress.Parse(ledger, model), time)
        : new FileLedgerStore(ledger, time);

    /// <summary>The text for people: of an address, without the password.</summary>
    /// <param name="ledger">A folder or an address.</param>
    /// <param name="model">The ledger's name where the address has none.</param>
    public static string Describe(string ledger, string model) =>
        PostgresLedgerAddress.IsAddress(ledger) ? PostgresLedgerAddress.Parse(ledger, model).ToString() : ledger;
}
