using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>A store that loses its newest entries once.</summary>
internal class TailIsLost : Protocol
{
    public override bool LosesItsTail => true;
}

/// <summary>Shards that know a version by its number alone.</summary>
internal sealed class TrustsNumbers : TailIsLost
{
    public override bool ComparesVersions => false;
}

/// <summary>A store whose append asks for the number of the version before and not for its digest, and whose head is a number: what a process knows by it stays.</summary>
internal sealed class AppendsByNumber : TailIsLost
{
    public override ILedgerStore Mount(ILedgerStore disk, Process process) => new Store(disk);

    private sealed class Store(ILedgerStore inner) : StoreDecorator(inner)
    {
        private readonly Dictionary<ModelVersion, LedgerHead> _known = [];

        public override async ValueTask<LedgerHead> HeadAsync(CancellationToken cancellationToken)
        {
            LedgerHead head = await Inner.HeadAsync(cancellationToken);
            _known.TryAdd(head.Version, head);
            return _known[head.Version];
        }

        public override async ValueTask<AppendOutcome> AppendAsync(
            LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
        {
            LedgerHead head = await Inner.HeadAsync(cancellationToken);
            AppendOutcome outcome = await Inner.AppendAsync(head.Version == previous.Version ? head : previous, entry, staged, stagedSince, cancellationToken);
            if (outcome == AppendOutcome.Appended)
            {
                _known[previous.Version.Next] = LedgerHead.Of(previous.Version.Next, entry.ToArray());
            }

            return outcome;
        }
    }
}
