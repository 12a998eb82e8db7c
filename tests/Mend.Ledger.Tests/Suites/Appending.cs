namespace Mend.Ledger.Tests;

internal static class Appending
{
    /// <summary>Appends a version behind whatever entry of the version before it the store has.</summary>
    public static async ValueTask<AppendOutcome> AppendAsync(
        this ILedgerStore store, ModelVersion version, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, CancellationToken cancellationToken)
    {
        ModelVersion before = new(version.Number - 1);
        byte[]? bytes = before == ModelVersion.Base ? await store.ReadHeaderAsync(cancellationToken) : await store.ReadEntryAsync(before, cancellationToken);
        return await store.AppendAsync(LedgerHead.Of(before, bytes), entry, staged, cancellationToken);
    }

    /// <summary>Appends behind an entry, whatever the age of what is staged.</summary>
    public static ValueTask<AppendOutcome> AppendAsync(
        this ILedgerStore store, LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, CancellationToken cancellationToken) =>
        store.AppendAsync(previous, entry, staged, DateTimeOffset.MinValue, cancellationToken);

    /// <summary>Removes staged files, whatever their age.</summary>
    public static ValueTask<RemoveOutcome> RemoveStagedAsync(
        this ILedgerStore store, IReadOnlyCollection<StagedKey> staged, LedgerHead expectedHead, CancellationToken cancellationToken) =>
        store.RemoveStagedAsync(staged, DateTimeOffset.MaxValue, expectedHead, cancellationToken);
}
