using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>A store as another one, but for what a deriving class puts in its place.</summary>
internal abstract class StoreDecorator(ILedgerStore inner) : ILedgerStore
{
    protected ILedgerStore Inner => inner;

    public ValueTask<byte[]?> ReadHeaderAsync(CancellationToken cancellationToken) => inner.ReadHeaderAsync(cancellationToken);

    public ValueTask<bool> CreateHeaderAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken) => inner.CreateHeaderAsync(header, cancellationToken);

    public virtual ValueTask<ModelVersion> HeadAsync(CancellationToken cancellationToken) => inner.HeadAsync(cancellationToken);

    public virtual ValueTask<byte[]?> ReadEntryAsync(ModelVersion version, CancellationToken cancellationToken) => inner.ReadEntryAsync(version, cancellationToken);

    public virtual ValueTask<AppendOutcome> AppendAsync(
        ModelVersion version, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, CancellationToken cancellationToken) =>
        inner.AppendAsync(version, entry, staged, cancellationToken);

    public virtual ValueTask StageAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken) =>
        inner.StageAsync(key, factors, cancellationToken);

    public ValueTask<byte[]?> ReadStagedAsync(StagedKey key, CancellationToken cancellationToken) => inner.ReadStagedAsync(key, cancellationToken);

    public ValueTask<IReadOnlyList<StagedFactors>> ListStagedAsync(CancellationToken cancellationToken) => inner.ListStagedAsync(cancellationToken);

    public virtual ValueTask<IAsyncDisposable> HoldAsync(EditId edit, CancellationToken cancellationToken) => inner.HoldAsync(edit, cancellationToken);

    public ValueTask<RemoveOutcome> RemoveStagedAsync(
        IReadOnlyCollection<StagedKey> staged, ModelVersion expectedHead, CancellationToken cancellationToken) =>
        inner.RemoveStagedAsync(staged, expectedHead, cancellationToken);

    public string Locate(LedgerItem item) => inner.Locate(item);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
