using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>
/// Every process on a machine of its own, on a network file system whose locks do not reach the others: the head that it sees may be old, what it
/// knows to be there may be gone, and a removal does not keep an append out.
/// </summary>
internal class OtherMachines : Protocol
{
    private static readonly TimeSpan MostBehind = TimeSpan.FromSeconds(3);

    private readonly Dictionary<StagedKey, (DateTimeOffset StagedAt, DateTimeOffset RemovedAt)> _removed = [];

    public override bool MayBeBehind => true;

    /// <summary>Half of it is more than a mount is behind and a call is late, together.</summary>
    public override TimeSpan GracePeriod => TimeSpan.FromSeconds(24);

    public override ILedgerStore Mount(ILedgerStore disk, Process process) => new Store(disk, process, this);

    /// <summary>Whether a file is young enough for an entry to name it.</summary>
    protected virtual bool IsYoung(DateTimeOffset stagedAt, DateTimeOffset stagedSince) => stagedAt >= stagedSince;

    private sealed class Store(ILedgerStore inner, Process process, OtherMachines machines) : StoreDecorator(inner)
    {
        private LedgerHead _seen;
        private DateTimeOffset _looked = DateTimeOffset.MinValue;

        public override async ValueTask<LedgerHead> HeadAsync(CancellationToken cancellationToken)
        {
            if (process.GetUtcNow() - _looked > MostBehind)
            {
                (_seen, _looked) = (await Inner.HeadAsync(cancellationToken), process.GetUtcNow());
            }

            return _seen;
        }

        /// <summary>The link is made by the server: of one version there is one entry. Whether the factors are there, the cache says.</summary>
        public override async ValueTask<AppendOutcome> AppendAsync(
            LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
        {
            Dictionary<StagedKey, DateTimeOffset> there = (await Inner.ListStagedAsync(cancellationToken)).ToDictionary(file => file.Key, file => file.StagedAt);
            foreach ((StagedKey key, (DateTimeOffset stagedAt, DateTimeOffset removedAt)) in machines._removed)
            {
                if (process.GetUtcNow() - removedAt < MostBehind)
                {
                    there.TryAdd(key, stagedAt);
                }
            }

            if (!staged.All(key => there.TryGetValue(key, out DateTimeOffset at) && machines.IsYoung(at, stagedSince)))
            {
                return AppendOutcome.StagedMissing;
            }

            // Refused or not, whoever wants to link a name sees who has it.
            _looked = DateTimeOffset.MinValue;
            return await Inner.AppendAsync(previous, entry, [], DateTimeOffset.MinValue, cancellationToken);
        }

        public override async ValueTask<RemoveOutcome> RemoveStagedAsync(
            IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore, LedgerHead expectedHead, CancellationToken cancellationToken)
        {
            if (await HeadAsync(cancellationToken) != expectedHead)
            {
                return new RemoveOutcome(RemoveStatus.HeadMoved, 0, 0, 0);
            }

            foreach (StagedFactors file in (await Inner.ListStagedAsync(cancellationToken)).Where(file => staged.Contains(file.Key) && file.StagedAt < stagedBefore))
            {
                machines._removed[file.Key] = (file.StagedAt, process.GetUtcNow());
            }

            return await Inner.RemoveStagedAsync(staged, stagedBefore, await Inner.HeadAsync(cancellationToken), cancellationToken);
        }
    }
}

/// <summary>A collection that takes what looks like a dead process's at once, whatever its age: on other machines all processes look dead.</summary>
internal sealed class TakesWhatIsYoung : OtherMachines
{
    public override TimeSpan GracePeriod => TimeSpan.FromTicks(2);

    protected override bool IsYoung(DateTimeOffset stagedAt, DateTimeOffset stagedSince) => true;
}

/// <summary>An entry that names factors of any age, one moment before a collection takes them.</summary>
internal sealed class NamesWhatIsOld : OtherMachines
{
    public override TimeSpan GracePeriod => TimeSpan.FromSeconds(0.2);

    protected override bool IsYoung(DateTimeOffset stagedAt, DateTimeOffset stagedSince) => true;
}
