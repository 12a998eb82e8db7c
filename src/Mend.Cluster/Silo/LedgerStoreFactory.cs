using Mend.Ledger;

namespace Mend.Cluster;

/// <summary>Opens the store that <see cref="ClusteredModelOptions.Ledger"/> names.</summary>
/// <param name="ledger">The option's value.</param>
public delegate ILedgerStore LedgerStoreFactory(string ledger);
