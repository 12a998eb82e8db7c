using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>The protocol under test as it is; broken ones put something else in its place.</summary>
internal class Protocol
{
    /// <summary>The store as all processes have it.</summary>
    public virtual ILedgerStore Disk(InMemoryLedgerStore disk) => disk;

    /// <summary>The store as a process's machine has it.</summary>
    public virtual ILedgerStore Mount(ILedgerStore disk, Process process) => disk;

    /// <summary>Whether a process may not know yet of a version that another one has committed: it says so or answers an older one, and is asked again.</summary>
    public virtual bool MayBeBehind => false;

    /// <summary>Whether the store loses its newest entries once, as where a standby takes over that was behind.</summary>
    public virtual bool LosesItsTail => false;

    /// <summary>Whether a shard looks at whether what it was handed was computed with the version that it reads.</summary>
    public virtual bool ComparesVersions => true;

    /// <summary>How old leftovers are that are collected.</summary>
    public virtual TimeSpan GracePeriod => TimeSpan.FromSeconds(3);

    /// <summary>A shard's way to it.</summary>
    public virtual ILedgerStore OfShard(ILedgerStore store) => store;

    /// <summary>A coordinator's way to it.</summary>
    public virtual ILedgerStore OfCoordinator(ILedgerStore store) => store;
}
