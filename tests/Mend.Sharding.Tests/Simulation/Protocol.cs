using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>The protocol under test as it is; broken ones put something else in its place.</summary>
internal class Protocol
{
    /// <summary>The store as all processes have it.</summary>
    public virtual ILedgerStore Disk(InMemoryLedgerStore disk) => disk;

    /// <summary>A shard's way to it.</summary>
    public virtual ILedgerStore OfShard(ILedgerStore store) => store;

    /// <summary>A coordinator's way to it.</summary>
    public virtual ILedgerStore OfCoordinator(ILedgerStore store) => store;
}
