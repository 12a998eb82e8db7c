using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>
/// Edits that wait for somebody's approval. They are kept in the notes beside the model's versions: they survive a restart, and are the same for
/// everybody who has the model. Safe to use from several threads.
/// </summary>
public sealed class Proposals
{
    /// <summary>Times that an approval is tried while others commit before it.</summary>
    private const int MostTries = 4;

    private readonly IEditableModel _model;
    private readonly TimeProvider _time;
    private readonly ReviewBook _book;
    private readonly Canary _canary;

    internal Proposals(IEditableModel model, TimeProvider time, ReviewBook book, Canary canary)
    {
        _model = model;
        _time = time;
        _book = book;
        _canary = canary;
    }

    /// <summary>All proposals, the newest first.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<IReadOnlyList<Proposal>> ListAsync(CancellationToken cancellationToken = default)
    {
        ReviewState state = await _book.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (state.Proposals.Exists(p => p.State == ProposalState.Approved))
        {
            state = await SettleAsync(state, cancellationToken).ConfigureAwait(false);
        }

        return [.. state.Proposals.Reverse()];
    }

    /// <summary>One of them.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="UnknownProposalException">There is none.</exception>
    public async Task<Proposal> GetAsync(long id, CancellationToken cancellationToken = default)
    {
        ReviewState state = await _book.ReadAsync(cancellationToken).ConfigureAwait(false);
        return state.Find(id) is { State: not ProposalState.Approved } known ? known : (await SettleAsync(state, cancellationToken).ConfigureAwait(false)).Find(id);
    }

    /// <summary>Proposes edits, and looks at what they would do.</summary>
    /// <param name="offer">The edits.</param>
    /// <param name="cancellationToken">Stops before they are proposed.</param>
    /// <returns>The proposal; the one there is where the key was used for it before.</returns>
    /// <exception cref="ProposalKeyException">The key belongs to other edits.</exception>
    public async Task<Proposal> ProposeAsync(ProposalOffer offer, CancellationToken cancellationToken = default)
    {
        offer.Origin?.Validate();
        ProposedEdit[] edits = [.. offer.Requests.Select(ProposedEdit.Of)];
        if (Known(await _book.ReadAsync(cancellationToken).ConfigureAwait(false), offer.Key, edits) is { } known)
        {
            return known;
        }

        EditPreview preview = await EditPreviews.LookAsync(_model, offer.Requests, offer.Questions, offer.Ends, cancellationToken).ConfigureAwait(false);
        ProposedNote note = new()
        {
            At = _time.GetUtcNow(),
            Key = offer.Key,
            Edits = edits,
            Origin = offer.Origin,
            ProposedWith = offer.With,
            Questions = offer.Questions,
            Ends = [.. offer.Ends.Order()],
            Preview = preview,
        };
        ReviewState state = await _book.AddAsync(s => Known(s, offer.Key, edits) is null ? note : null, cancellationToken).ConfigureAwait(false);
        Proposal made = Known(state, offer.Key, edits) ?? state.Proposals[^1];
        ShardingTelemetry.Proposals.Add(1, new KeyValuePair<string, object?>(ShardingTelemetry.OutcomeTag, "proposed"));
        return made;
    }

    /// <summary>Looks at a proposal again, on top of the head.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    public async Task<Proposal> LookAsync(long id, CancellationToken cancellationToken = default)
    {
        Proposal proposal = Undecided(await GetAsync(id, cancellationToken).ConfigureAwait(false), "previewed");
        return await KeepAsync(id, await LookAsync(proposal, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Says that nothing shall come of a proposal.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="decider">Who decides, and why.</param>
    /// <param name="cancellationToken">Stops before it is said.</param>
    /// <exception cref="ProposalDecidedException">It is approved already.</exception>
    /// <exception cref="ProposalForbiddenException">Whoever decides has proposed it.</exception>
    public async Task<Proposal> DeclineAsync(long id, ProposalDecider decider, CancellationToken cancellationToken = default)
    {
        await GetAsync(id, cancellationToken).ConfigureAwait(false);
        bool declined = false;
        ReviewState state = await _book.AddAsync(
            s =>
            {
                Proposal now = s.Find(id);
                decider.Check(now, mayWithdraw: true);
                declined = now.State != ProposalState.Declined;
                return now.State == ProposalState.Declined ? null : new DecidedNote { At = _time.GetUtcNow(), Proposal = Undecided(now, "declined").Id, Approved = false, By = decider.Name, Reason = decider.Reason };
            },
            cancellationToken).ConfigureAwait(false);
        if (declined)
        {
            ShardingTelemetry.Proposals.Add(1, new KeyValuePair<string, object?>(ShardingTelemetry.OutcomeTag, "declined"));
        }

        return state.Find(id);
    }

    /// <summary>
    /// Approves a proposal and commits it, once, however often it is approved. Where the head is not the one that it was looked at on, it is looked at
    /// again first, and goes on only if it would do the same.
    /// </summary>
    /// <param name="id">Its number.</param>
    /// <param name="decider">Who decides, and why.</param>
    /// <param name="force">Whether it is committed whatever it does.</param>
    /// <param name="canary">The share of requests that its version is tried on, above 0 and below 1; null for a version that all read.</param>
    /// <param name="progress">Told each stage as it ends; null for nobody.</param>
    /// <param name="cancellationToken">Stops before the commit begins.</param>
    /// <returns>The proposal, committed.</returns>
    /// <exception cref="ProposalDecidedException">It is declined already.</exception>
    /// <exception cref="ProposalForbiddenException">Whoever decides has proposed it.</exception>
    /// <exception cref="ProposalChangedException">It would do something else than was seen; its preview is the new one.</exception>
    /// <exception cref="EditRejectedException">None of its edits does what it should.</exception>
    /// <exception cref="CanaryRunningException">It was to be tried, and another version is on trial.</exception>
    public async Task<Proposal> ApproveAsync(
        long id, ProposalDecider decider, bool force = false, double? canary = null, IProgress<StageDuration>? progress = null, CancellationToken cancellationToken = default)
    {
        for (int tries = 1; ; tries++)
        {
            Proposal proposal = await GetAsync(id, cancellationToken).ConfigureAwait(false);
            decider.Check(proposal, mayWithdraw: false);
            if (proposal.State == ProposalState.Committed)
            {
                return proposal;
            }

            if (canary is not null && await _canary.CurrentAsync(cancellationToken).ConfigureAwait(false) is { } other && other.Key != proposal.EditKey)
            {
                throw new CanaryRunningException(other);
            }

            await CurrentAsync(proposal, cancellationToken).ConfigureAwait(false);
            ReviewState state = await _book.AddAsync(s => Approval(s.Find(id), decider, force, canary), cancellationToken).ConfigureAwait(false);
            proposal = state.Find(id);
            if (proposal.State == ProposalState.Committed)
            {
                return proposal;
            }

            try
            {
                return await CommitAsync(proposal, progress, cancellationToken).ConfigureAwait(false);
            }
            catch (HeadMovedException) when (tries < MostTries)
            {
                // Somebody was quicker: this one, approved elsewhere, or another edit.
            }
        }
    }

    private static Proposal? Known(ReviewState state, string? key, IReadOnlyList<ProposedEdit> edits)
    {
        if (key is null || state.Proposals.Find(p => p.Key == key) is not { } known)
        {
            return null;
        }

        return known.Edits.Select(e => (e.Prompt, e.Target)).SequenceEqual(edits.Select(e => (e.Prompt, e.Target)))
            ? known
            : throw new ProposalKeyException(key, known.Id);
    }

    /// <summary>A proposal about which something may still be decided.</summary>
    private static Proposal Undecided(Proposal proposal, string what) => proposal.State switch
    {
        ProposalState.Committed => throw new ProposalDecidedException($"Proposal {proposal.Id} is version {proposal.Version} already, so it cannot be {what}; revert that version to take it back."),
        ProposalState.Declined => throw new ProposalDecidedException($"Proposal {proposal.Id} was declined{By(proposal)}; propose its edits anew."),
        ProposalState.Approved => throw new ProposalDecidedException(
            $"Proposal {proposal.Id} was approved{By(proposal)} and may become a version at any time, so it cannot be {what}; approve it again to see it through."),
        _ => proposal,
    };

    private static string By(Proposal proposal) => proposal.Decisions is [.., { By: { } name }] ? $" by {name}" : "";

    private DecidedNote? Approval(Proposal now, ProposalDecider decider, bool force, double? canary)
    {
        // What was approved and got no further goes on under that approval, unless something else is wanted now.
        bool approved = now.State == ProposalState.Approved && now.Decisions[^1].Canary == canary && (now.Decisions[^1].Forced || !force);
        return now.State == ProposalState.Committed || approved ? null : new DecidedNote
        {
            At = _time.GetUtcNow(),
            Proposal = (now.State == ProposalState.Approved ? now : Undecided(now, "approved")).Id,
            Approved = true,
            By = decider.Name,
            Reason = decider.Reason,
            Forced = force,
            Canary = canary,
        };
    }

    private async Task<Proposal> CommitAsync(Proposal proposal, IProgress<StageDuration>? progress, CancellationToken cancellationToken)
    {
        ProposalDecision approval = proposal.Decisions[^1];
        EditOrigin? origin = EditOrigin.Of(proposal.Origin?.Author, proposal.Origin?.Reason, proposal.Origin?.Source, approval.By);
        IReadOnlyList<EditRequest> requests = proposal.Requests(r => r with { Force = approval.Forced, Origin = origin, Expected = new ModelVersion(proposal.Preview.Version) });
        EndedNote end;
        try
        {
            EditOutcome outcome = approval.Canary is { } share
                ? await _canary.EditAsync(requests, proposal.EditKey, share, approval.By, progress, cancellationToken).ConfigureAwait(false)
                : await _model.EditAsync(requests, progress, cancellationToken).ConfigureAwait(false);
            end = new EndedNote { At = _time.GetUtcNow(), Proposal = proposal.Id, Version = outcome.Version.Number, Rejected = outcome.Rejected };
        }
        catch (EditRejectedException rejected)
        {
            end = new EndedNote { At = _time.GetUtcNow(), Proposal = proposal.Id, Rejected = [.. proposal.Edits.Select(e => new RejectedEdit(e.Prompt, e.Target, rejected.Message))] };
            await EndAsync(end, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        // It is committed, whoever is gone by now.
        return (await EndAsync(end, CancellationToken.None).ConfigureAwait(false)).Find(proposal.Id);
    }

    private async Task<ReviewState> EndAsync(EndedNote end, CancellationToken cancellationToken)
    {
        ReviewState state = await _book.AddAsync(s => s.Find(end.Proposal).State == ProposalState.Approved ? end : null, cancellationToken).ConfigureAwait(false);
        ShardingTelemetry.Proposals.Add(1, new KeyValuePair<string, object?>(ShardingTelemetry.OutcomeTag, end.Version is null ? "rejected" : "committed"));
        return state;
    }

    /// <summary>What was approved and then interrupted may be a version all the same: the ledger knows.</summary>
    private async Task<ReviewState> SettleAsync(ReviewState state, CancellationToken cancellationToken)
    {
        IReadOnlyList<LedgerEntry> log = await _model.LogAsync(cancellationToken).ConfigureAwait(false);
        foreach (Proposal approved in state.Proposals.Where(p => p.State == ProposalState.Approved))
        {
            if (log.LastOrDefault(e => e.Edits.Any(approved.Holds)) is { } entry)
            {
                state = await EndAsync(new EndedNote { At = entry.Time, Proposal = approved.Id, Version = entry.Version.Number }, cancellationToken).ConfigureAwait(false);
            }
        }

        return state;
    }

    /// <summary>Sees to it that the preview is of the head, and still says what was seen.</summary>
    private async Task CurrentAsync(Proposal proposal, CancellationToken cancellationToken)
    {
        if (proposal.Preview.Version == (await _model.HeadAsync(cancellationToken).ConfigureAwait(false)).Number)
        {
            return;
        }

        EditPreview now = await LookAsync(proposal, cancellationToken).ConfigureAwait(false);
        await KeepAsync(proposal.Id, now, cancellationToken).ConfigureAwait(false);
        if (!now.DoesAs(proposal.Preview) && (await GetAsync(proposal.Id, cancellationToken).ConfigureAwait(false)).State != ProposalState.Committed)
        {
            throw new ProposalChangedException(proposal.Id, proposal.Preview.Version, now.Version);
        }
    }

    private Task<EditPreview> LookAsync(Proposal proposal, CancellationToken cancellationToken) =>
        EditPreviews.LookAsync(_model, proposal.Requests(r => r with { IdempotencyKey = null }), proposal.Questions, proposal.Ends.ToHashSet(), cancellationToken);

    private async Task<Proposal> KeepAsync(long id, EditPreview preview, CancellationToken cancellationToken)
    {
        PreviewedNote note = new() { At = _time.GetUtcNow(), Proposal = id, Preview = preview };
        return (await _book.AddAsync(s => s.Find(id).State is ProposalState.Declined or ProposalState.Committed ? null : note, cancellationToken).ConfigureAwait(false)).Find(id);
    }
}

/// <summary>Edits to propose.</summary>
public sealed record ProposalOffer
{
    /// <summary>The edits as the model gets them, without keys.</summary>
    public required IReadOnlyList<EditRequest> Requests { get; init; }

    /// <summary>What is looked at in the preview.</summary>
    public required IReadOnlyList<PreviewQuestion> Questions { get; init; }

    /// <summary>Tokens that end an answer beside those that always do.</summary>
    public IReadOnlySet<int> Ends { get; init; } = new HashSet<int>();

    /// <summary>Who proposes them and why, or null.</summary>
    public EditOrigin? Origin { get; init; }

    /// <summary>Whose key they come with; null where nobody is asked for one.</summary>
    public string? With { get; init; }

    /// <summary>The request's idempotency key, or null.</summary>
    public string? Key { get; init; }
}

/// <summary>Who decides on a proposal.</summary>
/// <param name="Name">Who; kept with the decision, and of an approval with the version.</param>
/// <param name="Reason">Why, or null.</param>
/// <param name="Key">Whose key it is decided with; null where nobody is asked for one. With the key of whoever proposed it nothing is approved.</param>
/// <param name="IsAdmin">Whether the decider may also approve what is its own.</param>
public sealed record ProposalDecider(string? Name, string? Reason = null, string? Key = null, bool IsAdmin = false)
{
    /// <exception cref="ProposalForbiddenException">It may not decide on this one.</exception>
    internal void Check(Proposal proposal, bool mayWithdraw)
    {
        if (Key is not null && Key == proposal.ProposedWith && !IsAdmin && !mayWithdraw)
        {
            throw new ProposalForbiddenException($"Proposal {proposal.Id} was made with the key {Key}, and who proposes does not approve; somebody else with the scope approve must, or an administrator.");
        }
    }
}

/// <summary>An idempotency key came back with other edits to propose.</summary>
/// <param name="key">The key.</param>
/// <param name="id">The proposal that it belongs to.</param>
public sealed class ProposalKeyException(string key, long id)
    : Exception($"The idempotency key '{key}' belongs to proposal {id}, which is of other edits; send the same request again, or use a new key."), IKnownError
{
    /// <inheritdoc/>
    public ErrorKind Kind => ErrorKinds.KeyConflict;
}
