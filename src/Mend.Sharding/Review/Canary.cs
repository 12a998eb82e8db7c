using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>
/// A version that is tried on a share of requests before all read it. While it is on trial, a request that names no version reads it with that share, and
/// else the version before it, whatever is committed meanwhile. The trial is noted before the version is committed, for the version that follows a certain
/// one under a certain key: so nobody reads the version before its trial is known, and a trial whose version never came is none. Safe to use from several threads.
/// </summary>
public sealed class Canary
{
    /// <summary>Times that a version is tried to be committed while others commit before it.</summary>
    private const int MostTries = 4;

    private readonly IEditableModel _model;
    private readonly TimeProvider _time;
    private readonly ReviewBook _book;
    private volatile Seen _seen = new(ModelVersion.Base, 0, null);

    internal Canary(IEditableModel model, TimeProvider time, ReviewBook book)
    {
        _model = model;
        _time = time;
        _book = book;
    }

    /// <summary>The version on trial; null for none.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<CanaryTrial?> CurrentAsync(CancellationToken cancellationToken = default) => (await LookAsync(cancellationToken).ConfigureAwait(false)).Trial;

    /// <summary>The version that a request reads which names none.</summary>
    /// <param name="requester">What the request is told from others by: the same reads the same, for as long as the trial lasts. Null draws.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<ModelVersion> ReadAsync(string? requester, CancellationToken cancellationToken = default)
    {
        Seen seen = await LookAsync(cancellationToken).ConfigureAwait(false);
        if (seen.Trial is not { } trial)
        {
            return seen.Head;
        }

        bool tries = trial.Takes(requester);
        ShardingTelemetry.CanaryReads.Add(1, new KeyValuePair<string, object?>(ShardingTelemetry.CanaryTag, tries ? "canary" : "stable"));
        return tries ? trial.Version : trial.Stable;
    }

    /// <summary>The version that a request reads which names none and is not among those that a trial takes.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<ModelVersion> StableAsync(CancellationToken cancellationToken = default)
    {
        Seen seen = await LookAsync(cancellationToken).ConfigureAwait(false);
        return seen.Trial?.Stable ?? seen.Head;
    }

    /// <summary>Commits edits as a version that is on trial from the start.</summary>
    /// <param name="requests">The edits. Each has the key, or the key, a stroke and a number.</param>
    /// <param name="key">The key.</param>
    /// <param name="share">The share of requests that read it, above 0 and below 1.</param>
    /// <param name="by">Who tries it, or null.</param>
    /// <param name="progress">Told each stage as it ends; null for nobody.</param>
    /// <param name="cancellationToken">Stops before the commit begins.</param>
    /// <exception cref="CanaryRunningException">Another version is on trial.</exception>
    public async Task<EditOutcome> EditAsync(
        IReadOnlyList<EditRequest> requests, string key, double share, string? by, IProgress<StageDuration>? progress, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(share, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(share, 1);
        for (int tries = 1; ; tries++)
        {
            Seen seen = await LookAsync(cancellationToken).ConfigureAwait(false);
            if (seen.Trial is { } other && other.Key != key)
            {
                throw new CanaryRunningException(other);
            }

            if (seen.Trial is null)
            {
                // Two trials at a time would need a version that was expected and is not the head that was looked at.
                if (requests.Select(r => r.Expected).OfType<ModelVersion>().FirstOrDefault(seen.Head) is var expected && expected != seen.Head)
                {
                    throw new HeadMovedException(expected, seen.Head);
                }

                await _book.AddAsync(_ => new CanaryNote { At = _time.GetUtcNow(), Stable = seen.Head.Number, Key = key, Share = share, By = by }, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                return await _model.EditAsync([.. requests.Select(r => r with { Expected = seen.Trial?.Stable ?? seen.Head })], progress, cancellationToken).ConfigureAwait(false);
            }
            catch (HeadMovedException) when (tries < MostTries && requests.All(r => r.Expected is null))
            {
                // The version that follows the one that was noted is another's.
            }
        }
    }

    /// <summary>Ends the trial: everybody who names no version reads the newest one.</summary>
    /// <param name="by">Who ends it, or null.</param>
    /// <param name="cancellationToken">Stops before it ends.</param>
    /// <returns>What was on trial.</returns>
    /// <exception cref="NoCanaryException">No version is on trial.</exception>
    public async Task<CanaryTrial> PromoteAsync(string? by, CancellationToken cancellationToken = default)
    {
        CanaryTrial trial = await CurrentAsync(cancellationToken).ConfigureAwait(false) ?? throw new NoCanaryException();
        await EndAsync(trial, by, cancellationToken).ConfigureAwait(false);
        return trial;
    }

    /// <summary>Ends the trial and takes its version back; everybody who names no version reads what is left.</summary>
    /// <param name="origin">Who ends it and why; kept with the revert.</param>
    /// <param name="by">Who ends it, or null.</param>
    /// <param name="cancellationToken">Stops before it ends.</param>
    /// <returns>What was on trial, and the version that took it back.</returns>
    /// <exception cref="NoCanaryException">No version is on trial.</exception>
    public async Task<(CanaryTrial Trial, ModelVersion Reverted)> WithdrawAsync(EditOrigin? origin, string? by, CancellationToken cancellationToken = default)
    {
        CanaryTrial trial = await CurrentAsync(cancellationToken).ConfigureAwait(false) ?? throw new NoCanaryException();

        // A version that is not live is on trial no more; the note only keeps it so if somebody brings it back.
        ModelVersion reverted = await _model.RevertAsync(new RevertRequest([trial.Version], $"withdraw-{trial.Version}-{trial.Stable}") { Origin = origin }, cancellationToken).ConfigureAwait(false);
        await EndAsync(trial, by, CancellationToken.None).ConfigureAwait(false);
        return (trial, reverted);
    }

    private Task EndAsync(CanaryTrial trial, string? by, CancellationToken cancellationToken) => _book.AddAsync(
        state => state.Canaries.Exists(c => c.Key == trial.Key) ? new CanaryEndedNote { At = _time.GetUtcNow(), Key = trial.Key, By = by } : null, cancellationToken);

    /// <summary>The head, and whether a version up to it is on trial. The notes are read after the head, so a trial of a version that it has is among them.</summary>
    private async Task<Seen> LookAsync(CancellationToken cancellationToken)
    {
        ModelVersion head = await _model.HeadAsync(cancellationToken).ConfigureAwait(false);
        ReviewState state = await _book.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (state.Canaries.Count == 0 || state.Canaries.TrueForAll(c => c.Stable >= head.Number))
        {
            return new Seen(head, state.Notes, null);
        }

        Seen seen = _seen;
        if (seen.Head != head || seen.Notes != state.Notes)
        {
            LedgerEntry[] log = [.. (await _model.LogAsync(cancellationToken).ConfigureAwait(false)).TakeWhile(e => e.Version <= head)];
            IReadOnlyDictionary<ModelVersion, ModelVersion> reverted = LedgerLog.Reverted(log);
            _seen = seen = new Seen(head, state.Notes, state.Canaries.Reverse().Select(c => Trial(c, log, reverted)).FirstOrDefault(t => t is not null));
        }

        return seen;
    }

    private static CanaryTrial? Trial(CanaryNote note, LedgerEntry[] log, IReadOnlyDictionary<ModelVersion, ModelVersion> reverted) =>
        note.Stable < log.Length && log[note.Stable] is var entry && !reverted.ContainsKey(entry.Version)
            && entry.Edits.Any(e => e.IdempotencyKey is { } key && (key == note.Key || key.StartsWith(note.Key + "/", StringComparison.Ordinal)))
            ? new CanaryTrial(entry.Version, new ModelVersion(note.Stable), note.Share, note.By, note.At, note.Key, log.Length - (int)entry.Version.Number)
            : null;

    /// <param name="Head">The head.</param>
    /// <param name="Notes">How many notes there were.</param>
    /// <param name="Trial">What is on trial there.</param>
    private sealed record Seen(ModelVersion Head, long Notes, CanaryTrial? Trial);
}
