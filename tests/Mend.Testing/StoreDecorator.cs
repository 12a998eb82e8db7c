using Mend.Ledger;

namespace Mend.Testing;

/// <summary>A store as another one, but for what a deriving class puts in its place.</summary>
/// <param name="inner">The other one; disposed of with it.</param>
public abstract class StoreDecorator(ILedgerStore inner) : ILedgerStore
{
    /// <summary>The other one.</summary>
    protected ILedgerStore Inner => inner;

    /// <inheritdoc/>
    public virtual ValueTask<byte[]?> ReadHeaderAsync(CancellationToken cancellationToken) => inner.ReadHeaderAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<bool> CreateHeaderAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken) => inner.CreateHeaderAsync(header, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<LedgerHead> HeadAsync(CancellationToken cancellationToken) => inner.HeadAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<byte[]?> ReadEntryAsync(ModelVersion version, CancellationToken cancellationToken) => inner.ReadEntryAsync(version, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<AppendOutcome> AppendAsync(
        LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken) =>
        inner.AppendAsync(previous, entry, staged, stagedSince, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask StageAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken) =>
        inner.StageAsync(key, factors, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<byte[]?> ReadStagedAsync(StagedKey key, CancellationToken cancellationToken) => inner.ReadStagedAsync(key, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlyList<StagedFactors>> ListStagedAsync(CancellationToken cancellationToken) => inner.ListStagedAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<RemoveOutcome> RemoveStagedAsync(
        IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore, LedgerHead expectedHead, CancellationToken cancellationToken) =>
        inner.RemoveStagedAsync(staged, stagedBefore, expectedHead, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<string> SetAsideAsync(ModelVersion newest, CancellationToken cancellationToken) => inner.SetAsideAsync(newest, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlyList<byte[]>> ReadNotesAsync(long after, CancellationToken cancellationToken) => inner.ReadNotesAsync(after, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<bool> AddNoteAsync(long number, ReadOnlyMemory<byte> note, CancellationToken cancellationToken) =>
        inner.AddNoteAsync(number, note, cancellationToken);

    /// <inheritdoc/>
    public string Locate(LedgerItem item) => inner.Locate(item);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return inner.DisposeAsync();
    }
}
