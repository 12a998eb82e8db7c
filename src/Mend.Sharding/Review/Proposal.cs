using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>How far a proposal is.</summary>
public enum ProposalState
{
    /// <summary>It waits for somebody to decide.</summary>
    Open,

    /// <summary>It is approved and on its way into a version; where the way was broken off, it is gone again by approving once more.</summary>
    Approved,

    /// <summary>It is approved, but would not do what it should: it can be forced, declined, or approved again on another version.</summary>
    Rejected,

    /// <summary>Nothing comes of it.</summary>
    Declined,

    /// <summary>It is a version.</summary>
    Committed,
}

/// <summary>Edits that somebody proposes and somebody else decides on, with what they would do.</summary>
public sealed record Proposal
{
    /// <summary>Its number, from 1.</summary>
    public required long Id { get; init; }

    /// <summary>What its edits have as idempotency key.</summary>
    public required string EditKey { get; init; }

    /// <summary>The idempotency key of whoever proposed it, or null.</summary>
    public string? Key { get; init; }

    /// <summary>The edits as the model gets them, which become one version.</summary>
    public required IReadOnlyList<ProposedEdit> Edits { get; init; }

    /// <summary>Who proposes it, why, and where it says so; or null.</summary>
    public EditOrigin? Origin { get; init; }

    /// <summary>Whose key it was proposed with; null where nobody was asked for one.</summary>
    public string? ProposedWith { get; init; }

    /// <summary>When it was proposed.</summary>
    public required DateTimeOffset ProposedAt { get; init; }

    /// <summary>What is looked at in its previews.</summary>
    public required IReadOnlyList<PreviewQuestion> Questions { get; init; }

    /// <summary>Tokens that end an answer beside those that always do.</summary>
    public IReadOnlyList<int> Ends { get; init; } = [];

    /// <summary>What it would do, as it was looked at last.</summary>
    public required EditPreview Preview { get; init; }

    /// <summary>How far it is.</summary>
    public ProposalState State { get; init; }

    /// <summary>What was decided, the last at the end.</summary>
    public IReadOnlyList<ProposalDecision> Decisions { get; init; } = [];

    /// <summary>The version that holds it, once it is committed.</summary>
    public long? Version { get; init; }

    /// <summary>Edits of it that would not do what they should and are in no version.</summary>
    public IReadOnlyList<RejectedEdit> Rejected { get; init; } = [];

    /// <summary>The edits as requests.</summary>
    /// <param name="change">Completes each of them.</param>
    internal IReadOnlyList<EditRequest> Requests(Func<EditRequest, EditRequest>? change = null) =>
        [.. Edits.Select((edit, i) => edit.ToRequest(Edits.Count == 1 ? EditKey : $"{EditKey}/{i}")).Select(request => change?.Invoke(request) ?? request)];

    /// <summary>Whether an edit of the ledger is one of these.</summary>
    internal bool Holds(CommittedEdit edit) => edit.IdempotencyKey is { } key && (key == EditKey || key.StartsWith(EditKey + "/", StringComparison.Ordinal));
}

/// <summary>An edit of a proposal.</summary>
/// <param name="Prompt">The prompt, as the model gets it.</param>
/// <param name="Target">The right answer.</param>
/// <param name="Subject">What the prompt is about, or null.</param>
/// <param name="Rephrases">Other wordings that shall get the same answer.</param>
public sealed record ProposedEdit(string Prompt, string Target, string? Subject, IReadOnlyList<string> Rephrases)
{
    internal static ProposedEdit Of(EditRequest request) => new(request.Prompt, request.Target, request.Subject, request.Rephrases);

    internal EditRequest ToRequest(string key) => new(Prompt, Target, key) { Subject = Subject, Rephrases = Rephrases };
}

/// <summary>What somebody decided about a proposal.</summary>
/// <param name="Approved">Whether it shall become a version.</param>
/// <param name="By">Who decided, or null where nobody said.</param>
/// <param name="Reason">Why, or null.</param>
/// <param name="At">When.</param>
/// <param name="Forced">Whether it shall be committed whatever it does.</param>
/// <param name="Canary">The share of requests that its version is tried on; null for a version that all read.</param>
public sealed record ProposalDecision(bool Approved, string? By, string? Reason, DateTimeOffset At, bool Forced, double? Canary);
