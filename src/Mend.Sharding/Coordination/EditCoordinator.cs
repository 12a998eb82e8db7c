using System.Diagnostics;
using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>
/// Drives edits of one model: draft on the head, prepare on every shard that owns a layer, commit by one ledger entry, publish. Edits
/// that arrive while others are at work are gathered and share a pass and a version. Any number of coordinators, in any number of
/// processes, may work on one ledger: of those that meet, one commits and the others start over on the new head. Safe to use from
/// several threads.
/// </summary>
public sealed partial class EditCoordinator
{
    /// <summary>Other writers may come first this many times before an edit gives up.</summary>
    private const int MostAttempts = 32;

    private readonly EditLedger _ledger;
    private readonly IReadOnlyList<IShard> _shards;
    private volatile IEditDrafter? _drafter;
    private readonly EditCoordinatorOptions _options;
    private readonly TimeProvider _time;
    private readonly EditQueue _queue;

    /// <summary>Creates the coordinator.</summary>
    /// <param name="ledger">The versions; not disposed with it.</param>
    /// <param name="shards">The shards, first to last.</param>
    /// <param name="drafter">How edits are computed; null for a model that can only be read and reverted.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clock.</param>
    public EditCoordinator(EditLedger ledger, IReadOnlyList<IShard> shards, IEditDrafter? drafter, EditCoordinatorOptions options, TimeProvider time)
    {
        options.Validate();
        _ledger = ledger;
        _shards = shards;
        _drafter = drafter;
        _options = options;
        _time = time;
        _queue = new EditQueue(options.BatchedEdits);
        ShardingTelemetry.EditsRejected.Add(0);
    }

    private IEditDrafter Drafter => _drafter ?? throw new EditorMissingException();

    /// <summary>Computes edits in another way from now on; those at work go on with the way they began in.</summary>
    /// <param name="drafter">How edits are computed.</param>
    public void Use(IEditDrafter drafter) => _drafter = drafter;

    /// <inheritdoc cref="IEditableModel.EditAsync"/>
    public Task<EditOutcome> EditAsync(IReadOnlyList<EditRequest> requests, CancellationToken cancellationToken = default) => EditAsync(requests, null, cancellationToken);

    /// <inheritdoc cref="IEditableModel.EditAsync"/>
    public async Task<EditOutcome> EditAsync(IReadOnlyList<EditRequest> requests, IProgress<StageDuration>? progress, CancellationToken cancellationToken)
    {
        using Activity? span = ShardingTelemetry.Source.StartActivity("mend.edit");
        long started = _time.GetTimestamp();
        string outcome = "failed";
        try
        {
            Check(requests);
            cancellationToken.ThrowIfCancellationRequested();
            EditOutcome done = await QueueAsync(requests, progress, cancellationToken).ConfigureAwait(false);
            outcome = done.AlreadyCommitted ? "repeated" : "committed";
            span?.SetTag(ShardingTelemetry.VersionTag, done.Version.Number);
            return done;
        }
        catch (Exception error)
        {
            outcome = error is EditRejectedException ? "rejected" : outcome;
            span?.SetStatus(ActivityStatusCode.Error, error.GetType().Name);
            throw;
        }
        finally
        {
            ShardingTelemetry.EditDuration.Record(
                _time.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>(ShardingTelemetry.OutcomeTag, outcome));
        }
    }

    /// <inheritdoc cref="IEditableModel.PreviewAsync"/>
    public async Task<EditDraft> PreviewAsync(IReadOnlyList<EditRequest> requests, bool guarded, CancellationToken cancellationToken)
    {
        Check(requests);
        StageClock clock = new(_time);
        ModelVersion head = await _ledger.HeadAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<KeptDraft> drafts = await Drafter.DraftAsync(requests, head, clock, cancellationToken).ConfigureAwait(false);
        try
        {
            List<EditFactors> factors = [];
            foreach (KeptDraft draft in drafts)
            {
                foreach (int shard in draft.Shards)
                {
                    factors.AddRange(await _shards[shard].FactorsAsync(draft, cancellationToken).ConfigureAwait(false));
                }
            }

            GuardReport? report = guarded && Drafter.Judges
                ? await clock.MeasureAsync("guard", async () => await Drafter.ReportAsync(requests, drafts, head, await EarlierAsync(head, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)).ConfigureAwait(false)
                : null;
            return new EditDraft(head, factors, clock.Stages) { Guard = report };
        }
        finally
        {
            Discard(drafts);
        }
    }

    /// <inheritdoc cref="IEditableModel.RevertAsync"/>
    public async Task<ModelVersion> RevertAsync(RevertRequest request, CancellationToken cancellationToken = default)
    {
        using Activity? span = ShardingTelemetry.Source.StartActivity("mend.revert");
        ModelVersion version = await _ledger.RevertAsync(
            request.Versions, request.IdempotencyKey, request.Origin, request.Expected, cancellationToken).ConfigureAwait(false);
        span?.SetTag(ShardingTelemetry.VersionTag, version.Number);
        await PublishAsync(version).ConfigureAwait(false);
        return version;
    }

    private void Check(IReadOnlyList<EditRequest> requests)
    {
        ArgumentOutOfRangeException.ThrowIfZero(requests.Count, nameof(requests));
        if (requests.Select(r => r.IdempotencyKey).OfType<string>().GroupBy(k => k, StringComparer.Ordinal).FirstOrDefault(k => k.Count() > 1) is { } twice)
        {
            throw new EditRequestException($"{twice.Count()} edits of one call have the idempotency key '{twice.Key}'; give each a key of its own.");
        }

        foreach (EditRequest request in requests)
        {
            Drafter.Check(request);
            request.Origin?.Validate();
        }
    }

    private async Task<EditOutcome> QueueAsync(IReadOnlyList<EditRequest> requests, IProgress<StageDuration>? progress, CancellationToken cancellationToken)
    {
        EditCall call = new(requests, _options.Continuations, _time.GetUtcNow(), cancellationToken) { Progress = progress };
        using CancellationTokenRegistration givingUp = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                EditCall waiting = (EditCall)state!;
                if (waiting.TryLeaveQueue())
                {
                    waiting.Fail(new OperationCanceledException(token));
                }
            },
            call);
        if (_queue.Add(call))
        {
            _ = WorkAsync();
        }

        return await call.Ended.ConfigureAwait(false);
    }

    private async Task WorkAsync()
    {
        while (_queue.Take() is { Count: > 0 } batch)
        {
            await WorkAsync(batch).ConfigureAwait(false);
        }
    }

    /// <summary>Works on a batch until every call in it has ended; never throws.</summary>
    private async Task WorkAsync(IReadOnlyList<EditCall> batch)
    {
        using Activity? span = ShardingTelemetry.StartBatch(batch, _time.GetUtcNow());
        using BatchCancellation cancellation = new(batch);
        try
        {
            await CommitAsync(batch, cancellation.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (batch.Count > 1 && error is not RetryableException && !cancellation.Token.IsCancellationRequested)
        {
            // Nothing of the batch is committed, and one call's fault shall not be the others'.
            foreach (EditCall call in batch.Where(c => !c.Ended.IsCompleted))
            {
                await WorkAsync([call]).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            foreach (EditCall call in batch)
            {
                call.Fail(error);
            }
        }
    }
}
