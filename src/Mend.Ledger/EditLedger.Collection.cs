using System.Diagnostics;

namespace Mend.Ledger;

// What is left over goes beside the edits: nothing of it ever fails or holds up one.
public sealed partial class EditLedger
{
    /// <summary>Of so many processes that commit and end, one collects.</summary>
    private const int ShortLivesPerCollection = 16;

    /// <summary>Files a step: whoever stages or commits waits for one at most.</summary>
    private const int FilesPerStep = 64;

    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(2);

    private readonly Lock _tidyingGate = new();
    private readonly CancellationTokenSource _ended = new();
    private Task _tidying = Task.CompletedTask;
    private DateTimeOffset _collectAt;

    /// <summary>Ends with what was begun beside the edits so far; for tests.</summary>
    internal Task Tidied
    {
        get
        {
            lock (_tidyingGate)
            {
                return _tidying;
            }
        }
    }

    /// <summary>
    /// Takes back what an attempt staged that ended without a commit. Returns at once and never fails: what is still there when it is old is
    /// collected. What an entry names stays, also where the attempt was committed without anybody learning of it.
    /// </summary>
    /// <param name="factors">What its prepares returned.</param>
    public void Withdraw(IReadOnlyCollection<FactorReference> factors)
    {
        ArgumentNullException.ThrowIfNull(factors);
        List<StagedKey> keys = [.. factors.Select(factor => factor.Key).Distinct()];
        if (keys.Count > 0)
        {
            Tidy(stop => RemoveAsync([.. keys.Select(key => new StagedFactors(key, 0, default))], _time.GetUtcNow() + _options.GracePeriod, stop));
        }
    }

    /// <summary>
    /// Removes staged factors that no entry names and that are older than <see cref="EditLedgerOptions.GracePeriod"/>, and old unfinished files.
    /// Safe at any time beside commits in any process. Whoever commits does it now and then by itself, see <see cref="CollectWhenDue"/>.
    /// </summary>
    /// <param name="cancellationToken">Stops before the next step.</param>
    public async Task<CollectionReport> CollectGarbageAsync(CancellationToken cancellationToken = default)
    {
        using Activity? activity = LedgerTelemetry.Source.StartActivity("mend.ledger.collect");
        IReadOnlyList<StagedFactors> staged = await _store.ListStagedAsync(cancellationToken).ConfigureAwait(false);
        return await RemoveAsync(staged, _time.GetUtcNow() - _options.GracePeriod, cancellationToken).ConfigureAwait(false);
    }

    private async Task<CollectionReport> RemoveAsync(IReadOnlyList<StagedFactors> staged, DateTimeOffset stagedBefore, CancellationToken cancellationToken)
    {
        CollectionReport report = new(0, 0, 0, staged.Count(file => file.StagedAt >= stagedBefore), IsComplete: true);
        List<StagedFactors[]> steps = [.. staged.Where(file => file.StagedAt < stagedBefore).Chunk(FilesPerStep)];

        // Unfinished files go with a step without staged ones, too.
        for (int step = 0; step < Math.Max(steps.Count, 1); step++)
        {
            RemoveOutcome outcome = await RemoveStepAsync(steps.ElementAtOrDefault(step) ?? [], stagedBefore, cancellationToken).ConfigureAwait(false);
            LedgerTelemetry.CollectedBytes.Add(outcome.Bytes);
            report = report with
            {
                Files = report.Files + outcome.Files,
                Bytes = report.Bytes + outcome.Bytes,
                TemporaryFiles = report.TemporaryFiles + outcome.Temporary,
                IsComplete = outcome.Status == RemoveStatus.Removed,
            };
            if (!report.IsComplete)
            {
                break;
            }
        }

        // The young ones among them may be committed.
        return report with
        {
            InGrace = report.InGrace == 0 ? 0 : await ReadHistoryAsync(
                history => staged.Count(file => file.StagedAt >= stagedBefore && !history.IsCommitted(file.Key)), cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task<RemoveOutcome> RemoveStepAsync(StagedFactors[] files, DateTimeOffset stagedBefore, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (LedgerHead head, List<StagedKey> garbage) = await ReadHistoryAsync(
                history => (history.Stored, files.Select(file => file.Key).Where(key => !history.IsCommitted(key)).ToList()), cancellationToken).ConfigureAwait(false);
            RemoveOutcome outcome = await _store.RemoveStagedAsync(garbage, stagedBefore, head, cancellationToken).ConfigureAwait(false);
            if (outcome.Status != RemoveStatus.HeadMoved)
            {
                return outcome;
            }
        }
    }

    private TimeSpan NextCollection() => _options.GracePeriod * (0.25 + (0.5 * _options.Jitter()));

    /// <summary>Collects beside whatever else is done if it is time to: whoever has just committed calls it, and a process that only reads now and then. Returns at once and never fails.</summary>
    public void CollectWhenDue()
    {
        lock (_tidyingGate)
        {
            if (_time.GetUtcNow() < _collectAt)
            {
                return;
            }

            _collectAt = _time.GetUtcNow() + NextCollection();
        }

        Tidy(async stop => await CollectGarbageAsync(stop).ConfigureAwait(false));
    }

    /// <summary>Does something beside the edits, after what was begun before.</summary>
    private void Tidy(Func<CancellationToken, Task> work)
    {
        TaskCompletionSource done = new(_options.Continuations);
        Task before;
        lock (_tidyingGate)
        {
            (before, _tidying) = (_tidying, done.Task);
        }

        _ = TidyAsync(before, work, done);
    }

    private async Task TidyAsync(Task before, Func<CancellationToken, Task> work, TaskCompletionSource done)
    {
        await before.ConfigureAwait(false);
        try
        {
            await work(_ended.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            LedgerTelemetry.TidyingFailures.Add(1, new KeyValuePair<string, object?>(LedgerTelemetry.ErrorTag, error.GetType().Name));
        }
        finally
        {
            done.SetResult();
        }
    }

    private async Task EndTidyingAsync()
    {
        Task tidying = Tidied;
        if (!tidying.IsCompleted)
        {
            _ended.CancelAfter(LongestEnd);
            await tidying.ConfigureAwait(false);
        }

        _ended.Dispose();
    }
}
