using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>The protocol as it is, but whoever wants to commit the first version waits for another one that wants to.</summary>
internal sealed class MeetsAtTheCommit : Protocol
{
    private readonly TaskCompletionSource _met = new();
    private int _came;

    public override ILedgerStore OfCoordinator(ILedgerStore store) => new Store(store, this);

    private Task MeetAsync()
    {
        if (++_came == 2)
        {
            _met.SetResult();
        }

        return _met.Task;
    }

    private sealed class Store(ILedgerStore inner, MeetsAtTheCommit meeting) : StoreDecorator(inner)
    {
        public override async ValueTask<AppendOutcome> AppendAsync(
            LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
        {
            if (previous.Version == ModelVersion.Base)
            {
                await meeting.MeetAsync();
            }

            return await Inner.AppendAsync(previous, entry, staged, stagedSince, cancellationToken);
        }
    }
}
