using System.Collections.Concurrent;
using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

public sealed partial class EditCoordinator
{
    /// <summary>Times that a commit whose outcome is unknown is asked about.</summary>
    private const int CommitTries = 3;

    private async Task CommitAsync(IReadOnlyList<EditCall> batch, CancellationToken cancellationToken)
    {
        StageClock clock = new(_time, stage =>
        {
            foreach (EditCall call in batch)
            {
                call.Progress?.Report(stage);
            }
        });
        clock.Add("queue", _time.GetUtcNow() - batch[0].Enqueued);
        List<Wish> left = [];
        foreach (EditCall call in batch)
        {
            left.AddRange(await FindNewAsync(call, cancellationToken).ConfigureAwait(false));
        }

        int lost = 0;
        for (int attempt = 1; left.Count > 0; attempt++)
        {
            CommitResult? result = await AttemptAsync(left, clock, cancellationToken).ConfigureAwait(false);
            lost += result is null ? 1 : 0;
            if (left.Count == 0)
            {
                break;
            }

            if (result?.Status == CommitStatus.Committed)
            {
                await clock.MeasureAsync("publish", () => PublishAsync(result.Version)).ConfigureAwait(false);
                foreach (EditCall call in left.Select(w => w.Call).Distinct())
                {
                    call.Complete(new EditOutcome(result.Version, AlreadyCommitted: false, attempt, clock.Stages) { Rejected = [.. call.Rejected] });
                }

                left.Clear();
            }
            else if (left.Count > 0 && attempt == MostAttempts)
            {
                throw new RetryableException(
                    $"The edit was computed {attempt} times: {attempt - lost} times other edits were committed first, {lost} times a shard lost what it had computed. Nothing was committed; send the edit again.");
            }
        }

        foreach (EditCall call in batch.Where(c => !c.Ended.IsCompleted && c.Rejected.Count > 0 && c.Earlier == ModelVersion.Base))
        {
            call.Fail(EditRejectedException.Of(call.Rejected));
        }

        foreach (EditCall call in batch.Where(c => !c.Ended.IsCompleted))
        {
            call.Complete(new EditOutcome(call.Earlier, AlreadyCommitted: true, 0, clock.Stages) { Rejected = [.. call.Rejected] });
        }
    }

    /// <summary>The edits of a call that no version holds; a call whose key belongs to another request ends here.</summary>
    private async Task<IReadOnlyList<Wish>> FindNewAsync(EditCall call, CancellationToken cancellationToken)
    {
        List<Wish> left = [];
        try
        {
            foreach (EditRequest request in call.Requests)
            {
                if (request.IdempotencyKey is { } key
                    && await _ledger.FindAsync(key, request.Prompt, request.Target, cancellationToken).ConfigureAwait(false) is { } found)
                {
                    call.Found(found.CommittedAt);
                }
                else
                {
                    left.Add(new Wish(call, request));
                }
            }

            return left;
        }
        catch (Exception error) when (error is IdempotencyConflictException or ArgumentException)
        {
            call.Fail(error);
            return [];
        }
    }

    /// <summary>Drafts, prepares and tries to commit. Takes edits out of the list that an earlier version turns out to hold.</summary>
    /// <returns>How the commit ended, or null when a shard lost its draft and all must be drafted again.</returns>
    private async Task<CommitResult?> AttemptAsync(List<Wish> left, StageClock clock, CancellationToken cancellationToken)
    {
        ModelVersion head = await _ledger.HeadAsync(cancellationToken).ConfigureAwait(false);
        foreach (Wish late in left.Where(w => w.Request.Expected is { } expected && expected != head).ToList())
        {
            late.Call.Fail(new HeadMovedException(late.Request.Expected!.Value, head));
            left.RemoveAll(w => w.Call == late.Call);
        }

        if (left.Count == 0)
        {
            return null;
        }

        IReadOnlyList<KeptDraft> drafts = [];
        ConcurrentBag<FactorReference> staged = [];
        bool committed = false;
        try
        {
            drafts = await Drafter.DraftAsync([.. left.Select(w => w.Request)], head, clock, cancellationToken).ConfigureAwait(false);
            if (Drafter.Judges && !left.All(w => w.Request.Force))
            {
                drafts = await clock.MeasureAsync("guard", () => JudgeAsync(left, drafts, head, cancellationToken)).ConfigureAwait(false);
                if (left.Count == 0)
                {
                    return null;
                }
            }

            List<CommittedEdit> edits = await clock.MeasureAsync("prepare", () => PrepareAsync(left, drafts, staged, cancellationToken)).ConfigureAwait(false);

            // From here on the callers' cancellation is not looked at: the commit's outcome must be known.
            cancellationToken.ThrowIfCancellationRequested();
            CommitResult result = await clock.MeasureAsync("commit", () => CommitAsync(head, edits)).ConfigureAwait(false);
            committed = result.Status == CommitStatus.Committed;
            for (int i = left.Count - 1; i >= 0; i--)
            {
                if (result.AlreadyCommitted.TryGetValue(edits[i].Id, out ModelVersion version))
                {
                    left[i].Call.Found(version);
                    left.RemoveAt(i);
                }
            }

            return result;
        }
        catch (Exception error) when (error is DraftLostException or StagedFactorsMissingException)
        {
            return null;
        }
        finally
        {
            Discard(drafts);
            if (!committed)
            {
                _ledger.Withdraw([.. staged]);
            }
        }
    }

    /// <summary>Takes edits that would not do what they should out of the list, unless they are forced.</summary>
    /// <returns>The drafts of those that are left.</returns>
    private async Task<IReadOnlyList<KeptDraft>> JudgeAsync(List<Wish> left, IReadOnlyList<KeptDraft> drafts, ModelVersion head, CancellationToken cancellationToken)
    {
        IReadOnlyList<string?> faults = await Drafter.JudgeAsync(
            [.. left.Select(w => w.Request)], drafts, head, await EarlierAsync(head, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        List<KeptDraft> good = [];
        List<KeptDraft> bad = [];
        for (int i = faults.Count - 1; i >= 0; i--)
        {
            if (faults[i] is { } fault && !left[i].Request.Force)
            {
                left[i].Call.Rejected.Insert(0, new RejectedEdit(left[i].Request.Prompt, left[i].Request.Target, fault));
                left.RemoveAt(i);
                bad.Add(drafts[i]);
                ShardingTelemetry.EditsRejected.Add(1);
            }
            else
            {
                good.Insert(0, drafts[i]);
            }
        }

        Discard(bad);
        return good;
    }

    /// <summary>The edits that a version holds, oldest first.</summary>
    private async Task<IReadOnlyList<CommittedEdit>> EarlierAsync(ModelVersion head, CancellationToken cancellationToken) =>
        [.. (await _ledger.ViewAsync(head, cancellationToken).ConfigureAwait(false)).Edits.Select(e => e.Edit).Where(e => e.Consolidates is null)];

    private async Task<List<CommittedEdit>> PrepareAsync(
        IReadOnlyList<Wish> wishes, IReadOnlyList<KeptDraft> drafts, ConcurrentBag<FactorReference> staged, CancellationToken cancellationToken)
    {
        List<EditId> ids = [.. wishes.Select(_ => new EditId(_options.NewId(_time.GetUtcNow())))];
        IReadOnlyList<FactorReference>[][] votes = await Task.WhenAll(drafts.Select((draft, i) => PrepareAsync(ids[i], draft, staged, cancellationToken))).ConfigureAwait(false);
        return [.. wishes.Select((wish, i) => new CommittedEdit
        {
            Id = ids[i],
            IdempotencyKey = wish.Request.IdempotencyKey,
            Prompt = wish.Request.Prompt,
            Target = wish.Request.Target,
            Forced = wish.Request.Force ? true : null,
            Origin = wish.Request.Origin,
            Factors = [.. votes[i].SelectMany(v => v)],
        })];
    }

    /// <summary>Lets every shard of a draft stage its factors; what was staged is told also where another shard fails.</summary>
    private Task<IReadOnlyList<FactorReference>[]> PrepareAsync(EditId id, KeptDraft draft, ConcurrentBag<FactorReference> staged, CancellationToken cancellationToken)
    {
        return Task.WhenAll(draft.Shards.Select(PrepareAsync));

        async Task<IReadOnlyList<FactorReference>> PrepareAsync(int shard)
        {
            IReadOnlyList<FactorReference> vote = await _shards[shard].PrepareAsync(id, draft, cancellationToken).ConfigureAwait(false);
            foreach (FactorReference factors in vote)
            {
                staged.Add(factors);
            }

            return vote;
        }
    }

    /// <summary>Commits, and asks again with the same ids when the store failed to say how it ended: a commit is never made twice.</summary>
    private async Task<CommitResult> CommitAsync(ModelVersion head, IReadOnlyList<CommittedEdit> edits)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await _ledger.CommitAsync(head, edits, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception error) when (error is not (ArgumentException or UnknownVersionException or IdempotencyConflictException or StagedFactorsMissingException))
            {
                if (tries == CommitTries)
                {
                    throw new RetryableException(
                        $"Whether the edit was committed is not known ({error.Message}). Send it again with the same idempotency key: it is never committed twice.", error);
                }
            }
        }
    }

    /// <summary>Tells the shards of a version. It is committed whatever becomes of this: a shard that was not told reads the ledger.</summary>
    private async Task<bool> PublishAsync(ModelVersion version)
    {
        using CancellationTokenSource timeout = new(_options.PublishTimeout, _time);
        bool[] told = await Task.WhenAll(_shards.Select(async shard =>
        {
            try
            {
                await shard.ApplyAsync(version, timeout.Token).ConfigureAwait(false);
                return true;
            }
            catch (Exception error)
            {
                ShardingTelemetry.PublishFailures.Add(1, new KeyValuePair<string, object?>(ShardingTelemetry.ErrorTag, error.GetType().Name));
                return false;
            }
        })).ConfigureAwait(false);
        return told.All(t => t);
    }

    /// <summary>Lets the shards forget drafts. Nobody waits for it: a shard forgets them in time by itself.</summary>
    private void Discard(IReadOnlyList<KeptDraft> drafts)
    {
        foreach (IGrouping<int, (string Name, int Shard)> shard in drafts.SelectMany(d => d.Shards.Select(s => (d.Name, Shard: s))).GroupBy(d => d.Shard))
        {
            _ = DiscardAsync(_shards[shard.Key], [.. shard.Select(d => d.Name)]);
        }

        static async Task DiscardAsync(IShard shard, IReadOnlyList<string> names)
        {
            try
            {
                await shard.DiscardAsync(names, CancellationToken.None).ConfigureAwait(false);
            }
            catch (RetryableException)
            {
                // It is gone, and its drafts with it.
            }
        }
    }
}
