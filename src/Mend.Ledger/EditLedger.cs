namespace Mend.Ledger;

/// <summary>
/// The durable, append-only log of a model's versions, and the protocol that makes an edit atomic: prepare on every shard, commit by one create-if-absent write. Any number of these, in any number of processes, may work on one store.
/// Safe to share between threads. Owns its store.
/// </summary>
/// <remarks>
/// <code>
/// ModelVersion head = await ledger.HeadAsync();                            // what the gradient pass reads
/// IReadOnlyList&lt;FactorReference&gt; factors = await ledger.PrepareAsync(edit, shard, computed);
/// CommitResult result = await ledger.CommitAsync(head, [new CommittedEdit { Id = edit, … }]);
/// </code>
/// Whoever ends without a commit takes its staged factors back by <see cref="Withdraw"/>; what a process that dies before the commit leaves is
/// removed once it is old, now and then, by whoever commits.
/// </remarks>
public sealed partial class EditLedger : IAsyncDisposable
{
    private const int MaxKeyLength = 200;

    private readonly ILedgerStore _store;
    private readonly EditLedgerOptions _options;
    private readonly TimeProvider _time;
    private readonly LedgerHistory _history;
    private readonly AsyncGate _historyGate;

    private EditLedger(ILedgerStore store, LedgerHeader header, LedgerHistory history, EditLedgerOptions options, TimeProvider time)
    {
        _store = store;
        _options = options;
        _time = time;
        _history = history;
        _historyGate = new AsyncGate(options.Continuations);

        // Most processes that commit live for one edit: one in several of them collects, so that somebody does.
        _collectAt = time.GetUtcNow() + (options.Jitter() < 1.0 / ShortLivesPerCollection ? TimeSpan.Zero : NextCollection());
        Header = header;
    }

    /// <summary>The header.</summary>
    public LedgerHeader Header { get; }

    /// <summary>Opens a ledger, creating it when the store is empty, and checks its whole history.</summary>
    /// <param name="store">The store; owned by the ledger from now on, also when opening fails.</param>
    /// <param name="baseModel">The base model the caller has loaded.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="cancellationToken">Stops opening; a header already created stays.</param>
    /// <exception cref="BaseModelMismatchException">The ledger belongs to another base model.</exception>
    /// <exception cref="LedgerDamagedException">The header or an entry is damaged, or one is missing.</exception>
    /// <exception cref="LedgerFormatException">The ledger is newer than this release.</exception>
    public static async Task<EditLedger> OpenAsync(
        ILedgerStore store,
        BaseModelFingerprint baseModel,
        EditLedgerOptions? options = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(baseModel);
        options ??= new EditLedgerOptions();
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.GracePeriod, TimeSpan.Zero, nameof(options));
        try
        {
            time ??= TimeProvider.System;
            (LedgerHeader header, LedgerHistory history) = await OpenHeaderAsync(store, baseModel, time, cancellationToken).ConfigureAwait(false);
            EditLedger ledger = new(store, header, history, options, time);
            await ledger.HeadAsync(cancellationToken).ConfigureAwait(false);
            LedgerTelemetry.CountFromZero();
            return ledger;
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The newest version now, <see cref="ModelVersion.Base"/> before the first edit. Cheap when nothing is new.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    public Task<ModelVersion> HeadAsync(CancellationToken cancellationToken = default) =>
        ReadHistoryAsync(history => history.Head, cancellationToken);

    /// <summary>All entries with a version in <paramref name="after"/> &lt; version ≤ head, oldest first.</summary>
    /// <param name="after">The version after which to start; <see cref="ModelVersion.Base"/> (default) for all.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public Task<IReadOnlyList<LedgerEntry>> EntriesAsync(ModelVersion after = default, CancellationToken cancellationToken = default) =>
        ReadHistoryAsync(history => history.EntriesAfter(after), cancellationToken);

    /// <summary>What a version consists of.</summary>
    /// <param name="version">The version; <see cref="ModelVersion.Base"/> gives an empty view.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="UnknownVersionException">The version is in the future.</exception>
    public Task<VersionView> ViewAsync(ModelVersion version, CancellationToken cancellationToken = default) => ReadHistoryAsync(
        history => version <= history.Head ? history.View(version) : throw new UnknownVersionException(version, history.Head), cancellationToken);

    /// <summary>
    /// Looks an edit request up by its idempotency key, so that a repeated request costs no gradient pass.
    /// </summary>
    /// <param name="idempotencyKey">The request's key.</param>
    /// <param name="prompt">The request's prompt.</param>
    /// <param name="target">The request's target.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The edit and the version that committed it, or null when the key is new.</returns>
    /// <exception cref="IdempotencyConflictException">The key was used for another request.</exception>
    public Task<ActiveEdit?> FindAsync(string idempotencyKey, string prompt, string target, CancellationToken cancellationToken = default)
    {
        CheckKey(idempotencyKey);
        return ReadHistoryAsync(
            history => history.TryFindEdit(id: null, idempotencyKey, prompt, target, out ActiveEdit? found) ? found : null, cancellationToken);
    }

    /// <summary>Lets what it does beside the edits come to its end, and disposes of the store.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndTidyingAsync().ConfigureAwait(false);
        await _store.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<(LedgerHeader Header, LedgerHistory History)> OpenHeaderAsync(
        ILedgerStore store, BaseModelFingerprint baseModel, TimeProvider time, CancellationToken cancellationToken)
    {
        byte[]? stored = await store.ReadHeaderAsync(cancellationToken).ConfigureAwait(false);
        if (stored is null && await store.HeadAsync(cancellationToken).ConfigureAwait(false) is { Version: var head } && head != ModelVersion.Base)
        {
            // Another process may have made the ledger and committed since: its header is there before its first entry.
            stored = await store.ReadHeaderAsync(cancellationToken).ConfigureAwait(false) ?? throw new LedgerDamagedException(
                store.Locate(LedgerItem.Header), $"The header is missing, but there are {head} entries.", "Restore it from a backup or from another copy of the ledger.");
        }

        if (stored is null)
        {
            (byte[] bytes, _) = LedgerCodec.Encode(new LedgerHeader { BaseModel = baseModel, CreatedAt = time.GetUtcNow() });

            // Whoever creates it first wins; everybody reads what is there then.
            await store.CreateHeaderAsync(bytes, cancellationToken).ConfigureAwait(false);
            stored = await store.ReadHeaderAsync(cancellationToken).ConfigureAwait(false) ?? bytes;
        }

        (LedgerHeader header, Sha256Digest digest) = LedgerCodec.DecodeHeader(stored, store.Locate(LedgerItem.Header));
        return header.BaseModel.Equals(baseModel)
            ? (header, new LedgerHistory(digest, stored))
            : throw new BaseModelMismatchException(store.Locate(LedgerItem.Header), baseModel, header.BaseModel);
    }

    private static void CheckKey(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, MaxKeyLength, nameof(key));
    }

    /// <summary>Catches up with the store and looks at the history, which changes nowhere else.</summary>
    private async Task<T> ReadHistoryAsync<T>(Func<LedgerHistory, T> read, CancellationToken cancellationToken)
    {
        await _historyGate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await CatchUpAsync(cancellationToken).ConfigureAwait(false);
            return read(_history);
        }
        finally
        {
            _historyGate.Leave();
        }
    }
}
