using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>Shards vote before their factors are durable.</summary>
internal class VotesTooEarly : Protocol
{
    public override ILedgerStore OfShard(ILedgerStore store) => new Store(store);

    private sealed class Store(ILedgerStore inner) : StoreDecorator(inner)
    {
        public override ValueTask StageAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken)
        {
            _ = WriteAsync(key, factors.ToArray());
            return ValueTask.CompletedTask;
        }

        private async Task WriteAsync(StagedKey key, byte[] factors)
        {
            try
            {
                await Inner.StageAsync(key, factors, default);
            }
            catch (StoreFaultException)
            {
                // Nobody waits for it, so nobody learns of it.
            }
        }
    }
}

/// <summary>A commit that does not wait for prepare to finish: shards vote too early, and the store does not look for what an entry names.</summary>
internal sealed class CommitsBeforePrepared : VotesTooEarly
{
    public override ILedgerStore Disk(InMemoryLedgerStore disk) => new Store(disk);

    private sealed class Store(ILedgerStore inner) : StoreDecorator(inner)
    {
        public override ValueTask<AppendOutcome> AppendAsync(
            LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken) =>
            Inner.AppendAsync(previous, entry, [], stagedSince, cancellationToken);
    }
}

/// <summary>Nobody collects what attempts leave that end without a commit.</summary>
internal sealed class NeverCollects : Protocol
{
    public override TimeSpan GracePeriod => TimeSpan.FromDays(1);

    public override ILedgerStore Disk(InMemoryLedgerStore disk) => new Store(disk);

    private sealed class Store(ILedgerStore inner) : StoreDecorator(inner)
    {
        public override ValueTask<RemoveOutcome> RemoveStagedAsync(
            IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore, LedgerHead expectedHead, CancellationToken cancellationToken) =>
            Inner.RemoveStagedAsync([], stagedBefore, expectedHead, cancellationToken);
    }
}

/// <summary>An append that is no create-if-absent: the last writer of a version wins.</summary>
internal sealed class Overwrites : Protocol
{
    public override ILedgerStore Disk(InMemoryLedgerStore disk) => new Store(disk);

    private sealed class Store(ILedgerStore inner) : StoreDecorator(inner)
    {
        private readonly Dictionary<ModelVersion, byte[]> _newer = [];

        public override async ValueTask<AppendOutcome> AppendAsync(
            LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
        {
            AppendOutcome outcome = await Inner.AppendAsync(previous, entry, staged, stagedSince, cancellationToken);
            if (outcome != AppendOutcome.VersionTaken)
            {
                return outcome;
            }

            _newer[previous.Version.Next] = entry.ToArray();
            return AppendOutcome.Appended;
        }

        public override async ValueTask<byte[]?> ReadEntryAsync(ModelVersion version, CancellationToken cancellationToken) =>
            _newer.GetValueOrDefault(version) ?? await Inner.ReadEntryAsync(version, cancellationToken);
    }
}
