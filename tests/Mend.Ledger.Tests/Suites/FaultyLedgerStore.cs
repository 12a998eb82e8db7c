namespace Mend.Ledger.Tests;

internal sealed class InjectedFaultException : Exception;

/// <summary>
/// A store whose process dies at its k-th operation, before or after the operation took effect; from then on every call fails.
/// </summary>
internal sealed class FaultyLedgerStore(ILedgerStore inner, int failAt, bool afterEffect) : ILedgerStore
{
    private int _operations;

    public bool Failed { get; private set; }

    public ValueTask<byte[]?> ReadHeaderAsync(CancellationToken cancellationToken) => Do(() => inner.ReadHeaderAsync(cancellationToken));

    public ValueTask<bool> CreateHeaderAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken) =>
        Do(() => inner.CreateHeaderAsync(header, cancellationToken));

    public ValueTask<LedgerHead> HeadAsync(CancellationToken cancellationToken) => Do(() => inner.HeadAsync(cancellationToken));

    public ValueTask<byte[]?> ReadEntryAsync(ModelVersion version, CancellationToken cancellationToken) =>
        Do(() => inner.ReadEntryAsync(version, cancellationToken));

    public ValueTask<AppendOutcome> AppendAsync(
        LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken) =>
        Do(() => inner.AppendAsync(previous, entry, staged, stagedSince, cancellationToken));

    public async ValueTask StageAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken) => await Do(async () =>
    {
        await inner.StageAsync(key, factors, cancellationToken);
        return true;
    });

    public ValueTask<byte[]?> ReadStagedAsync(StagedKey key, CancellationToken cancellationToken) => Do(() => inner.ReadStagedAsync(key, cancellationToken));

    public ValueTask<IReadOnlyList<StagedFactors>> ListStagedAsync(CancellationToken cancellationToken) => Do(() => inner.ListStagedAsync(cancellationToken));

    public ValueTask<RemoveOutcome> RemoveStagedAsync(
        IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore, LedgerHead expectedHead, CancellationToken cancellationToken) =>
        Do(() => inner.RemoveStagedAsync(staged, stagedBefore, expectedHead, cancellationToken));

    public ValueTask<string> SetAsideAsync(ModelVersion newest, CancellationToken cancellationToken) => Do(() => inner.SetAsideAsync(newest, cancellationToken));

    public ValueTask<IReadOnlyList<byte[]>> ReadNotesAsync(long after, CancellationToken cancellationToken) => Do(() => inner.ReadNotesAsync(after, cancellationToken));

    public ValueTask<bool> AddNoteAsync(long number, ReadOnlyMemory<byte> note, CancellationToken cancellationToken) => Do(() => inner.AddNoteAsync(number, note, cancellationToken));

    public string Locate(LedgerItem item) => inner.Locate(item);

    /// <summary>The inner store is ended by the test, as a crash where this failed.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<T> Do<T>(Func<ValueTask<T>> operation)
    {
        bool now = ++_operations == failAt;
        if (Failed || (now && !afterEffect))
        {
            Failed = true;
            throw new InjectedFaultException();
        }

        T result = await operation();
        Failed = now;
        return now ? throw new InjectedFaultException() : result;
    }
}
