using Mend.Editing;

namespace Mend.Ledger;

/// <summary>
/// The durable, append-only log of a model's versions, and the protocol that makes an edit atomic: hold, prepare on every
/// shard, commit by one create-if-absent write. Any number of these, in any number of processes, may work on one store.
/// Safe to share between threads. Owns its store.
/// </summary>
/// <remarks>
/// <code>
/// await using IAsyncDisposable hold = await ledger.HoldAsync(edit);        // before the first prepare
/// ModelVersion head = await ledger.HeadAsync();                            // what the gradient pass reads
/// IReadOnlyList&lt;FactorReference&gt; factors = await ledger.PrepareAsync(edit, shard, computed);
/// CommitResult result = await ledger.CommitAsync(head, [new CommittedEdit { Id = edit, … }]);
/// </code>
/// A process that dies before the commit leaves only staged factors, which <see cref="CollectGarbageAsync"/> removes.
/// </remarks>
public sealed partial class EditLedger : IAsyncDisposable
{
    /// <summary>Opens a ledger, creating it when the store is empty, and checks its whole history.</summary>
    /// <param name="store">The store; owned by the ledger from now on, also when opening fails.</param>
    /// <param name="baseModel">The base model the caller has loaded.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="cancellationToken">Stops opening; a header already created stays.</param>
    /// <exception cref="BaseModelMismatchException">The ledger belongs to another base model.</exception>
    /// <exception cref="LedgerDamagedException">The header or an entry is damaged, or one is missing.</exception>
    /// <exception cref="LedgerFormatException">The ledger is newer than this release.</exception>
    public static Task<EditLedger> OpenAsync(
        ILedgerStore store, BaseModelFingerprint baseModel, EditLedgerOptions? options = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <summary>The header.</summary>
    public LedgerHeader Header => throw new NotImplementedException();

    /// <summary>The newest version now, <see cref="ModelVersion.Base"/> before the first edit. Cheap when nothing is new.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    public Task<ModelVersion> HeadAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>All entries with a version in <paramref name="after"/> &lt; version ≤ head, oldest first.</summary>
    /// <param name="after">The version after which to start; <see cref="ModelVersion.Base"/> (default) for all.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public Task<IReadOnlyList<LedgerEntry>> EntriesAsync(ModelVersion after = default, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>What a version consists of.</summary>
    /// <param name="version">The version; <see cref="ModelVersion.Base"/> gives an empty view.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="UnknownVersionException">The version is in the future.</exception>
    public Task<VersionView> ViewAsync(ModelVersion version, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Looks an edit request up by its idempotency key, so that a repeated request costs no gradient pass.
    /// </summary>
    /// <param name="idempotencyKey">The request's key.</param>
    /// <param name="prompt">The request's prompt.</param>
    /// <param name="target">The request's target.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The edit and the version that committed it, or null when the key is new.</returns>
    /// <exception cref="IdempotencyConflictException">The key was used for another request.</exception>
    public Task<ActiveEdit?> FindAsync(string idempotencyKey, string prompt, string target, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Says that an edit is being worked on, so that no garbage collection in any process takes its staged factors. Take it
    /// before the first prepare and dispose of it after the commit; one hold by the coordinator covers the prepares of all shards.
    /// </summary>
    /// <param name="edit">The edit.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<IAsyncDisposable> HoldAsync(EditId edit, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Stages a shard's factors of an edit: durable when this returns, which is the shard's vote. Repeating it with equal factors
    /// changes nothing; other factors are staged beside the first, and only what the commit names counts.
    /// </summary>
    /// <param name="edit">The edit.</param>
    /// <param name="shard">The index of the shard, at least 0.</param>
    /// <param name="factors">The factors, one a layer, at least one; not kept.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    /// <returns>A reference for each layer, in the order given, to be named in the commit.</returns>
    /// <exception cref="ArgumentException">There are no factors, or two for one layer.</exception>
    public Task<IReadOnlyList<FactorReference>> PrepareAsync(
        EditId edit, int shard, IReadOnlyList<EditFactors> factors, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Commits prepared edits as one version, if no other commit came since <paramref name="readVersion"/>. When this throws
    /// anything but an <see cref="ArgumentException"/> or one of the exceptions below, the outcome is unknown: ask again with the same
    /// edit ids, and an edit that did get committed is reported as such.
    /// </summary>
    /// <param name="readVersion">The version the gradient pass read.</param>
    /// <param name="edits">The edits with the references their prepares returned, at least one, in the order they are applied.</param>
    /// <param name="cancellationToken">Stops before the write.</param>
    /// <exception cref="ArgumentException">An edit has no factors, a wrong key, or shares its id or key with another.</exception>
    /// <exception cref="UnknownVersionException"><paramref name="readVersion"/> is in the future.</exception>
    /// <exception cref="IdempotencyConflictException">A key or id was used for another request.</exception>
    /// <exception cref="StagedFactorsMissingException">Factors are not staged.</exception>
    public Task<CommitResult> CommitAsync(
        ModelVersion readVersion, IReadOnlyList<CommittedEdit> edits, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Takes versions back, as one new version. A revert is itself a version: reverting it brings back what it took. Tries
    /// again by itself when another commit comes first.
    /// </summary>
    /// <param name="versions">The versions, edits or reverts, at least one, no two equal.</param>
    /// <param name="idempotencyKey">The request's key, or null.</param>
    /// <param name="cancellationToken">Stops before the next try.</param>
    /// <returns>The version that takes them back; an earlier one when the key was used for this request already.</returns>
    /// <exception cref="UnknownVersionException">A version is in the future or the base model.</exception>
    /// <exception cref="AlreadyRevertedException">A version is not in effect.</exception>
    /// <exception cref="IdempotencyConflictException">The key was used for another request.</exception>
    public Task<ModelVersion> RevertAsync(
        IReadOnlyList<ModelVersion> versions, string? idempotencyKey = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Reads one layer's factors and checks their digest.</summary>
    /// <param name="reference">Where they lie.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="LedgerDamagedException">The file is missing or not what was staged.</exception>
    public Task<EditFactors> LoadFactorsAsync(FactorReference reference, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Reads the factors of several layers, each staged file once.</summary>
    /// <param name="references">Where they lie.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The factors, in the order of the references.</returns>
    /// <exception cref="LedgerDamagedException">A file is missing or not what was staged.</exception>
    public Task<IReadOnlyList<EditFactors>> LoadFactorsAsync(IReadOnlyList<FactorReference> references, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Removes staged factors that no entry names and that nobody works on (see <see cref="EditLedgerOptions.GracePeriod"/>), and
    /// what dead processes left unfinished. Safe at any time beside commits in any process.
    /// </summary>
    /// <param name="cancellationToken">Stops before the next step.</param>
    public Task<CollectionReport> CollectGarbageAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Disposes of the store.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
