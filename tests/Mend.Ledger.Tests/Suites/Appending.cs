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
}
