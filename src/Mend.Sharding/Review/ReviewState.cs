using System.Collections.Immutable;

namespace Mend.Sharding;

/// <summary>What the notes say up to one of them. Never changes.</summary>
internal sealed record ReviewState
{
    public static readonly ReviewState Empty = new();

    /// <summary>How many notes it is of.</summary>
    public long Notes { get; init; }

    /// <summary>All proposals, in the order they were made: number n is at n - 1.</summary>
    public ImmutableList<Proposal> Proposals { get; init; } = [];

    /// <summary>Trials that were begun and not ended, oldest first; those whose version never came among them.</summary>
    public ImmutableList<CanaryNote> Canaries { get; init; } = [];

    /// <summary>Evaluations, oldest first.</summary>
    public ImmutableList<Evaluation> Evaluations { get; init; } = [];

    /// <summary>The proposal of a number.</summary>
    /// <exception cref="UnknownProposalException">There is none.</exception>
    public Proposal Find(long id) => id > 0 && id <= Proposals.Count ? Proposals[(int)id - 1] : throw new UnknownProposalException(id, Proposals.Count);

    /// <summary>The state after one more note.</summary>
    public ReviewState With(ReviewNote note) => (note switch
    {
        ProposedNote proposed => this with { Proposals = Proposals.Add(Of(proposed, Proposals.Count + 1)) },
        PreviewedNote seen => Change(seen.Proposal, p => p with { Preview = seen.Preview }),
        DecidedNote decided => Change(decided.Proposal, p => p with
        {
            State = decided.Approved ? ProposalState.Approved : ProposalState.Declined,
            Decisions = [.. p.Decisions, new ProposalDecision(decided.Approved, decided.By, decided.Reason, decided.At, decided.Forced, decided.Canary)],
        }),
        EndedNote ended => Change(ended.Proposal, p => p with
        {
            State = ended.Version is null ? ProposalState.Rejected : ProposalState.Committed,
            Version = ended.Version,
            Rejected = ended.Rejected,
        }),
        CanaryNote begun => this with { Canaries = Canaries.Add(begun) },
        CanaryEndedNote over => this with { Canaries = Canaries.RemoveAll(c => c.Key == over.Key) },
        EvaluatedNote evaluated => this with { Evaluations = Evaluations.Add(evaluated.ToEvaluation()) },
        _ => this,
    }) with { Notes = Notes + 1 };

    /// <summary>A proposal that is not there is one that a damaged note names; there is nothing to change.</summary>
    private ReviewState Change(long id, Func<Proposal, Proposal> change) =>
        id > 0 && id <= Proposals.Count ? this with { Proposals = Proposals.SetItem((int)id - 1, change(Proposals[(int)id - 1])) } : this;

    private static Proposal Of(ProposedNote note, long id) => new()
    {
        Id = id,
        EditKey = $"proposal-{note.Token}",
        Key = note.Key,
        Edits = note.Edits,
        Origin = note.Origin,
        ProposedWith = note.ProposedWith,
        ProposedAt = note.At,
        Questions = note.Questions,
        Ends = note.Ends,
        Preview = note.Preview,
    };
}
