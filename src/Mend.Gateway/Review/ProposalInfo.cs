using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>Edits that somebody proposes and somebody else decides on.</summary>
public sealed record ProposalInfo
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>proposal.</summary>
    public string Object { get; init; } = "proposal";

    /// <summary>How far it is.</summary>
    public required ProposalState Status { get; init; }

    /// <summary>Its edits, with prompts as the model gets them.</summary>
    public required IReadOnlyList<ProposedEdit> Edits { get; init; }

    /// <summary>Who proposes it and why, or null.</summary>
    public EditOrigin? Origin { get; init; }

    /// <summary>When it was proposed.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What it would do, as it was looked at last.</summary>
    public required EditPreview Preview { get; init; }

    /// <summary>Whether the preview is of the newest version; if not, approving looks again, and goes on only if the proposal would do the same.</summary>
    public required bool IsCurrent { get; init; }

    /// <summary>What was decided, the last at the end.</summary>
    public required IReadOnlyList<ProposalDecision> Decisions { get; init; }

    /// <summary>The version that holds it, once it is committed.</summary>
    public long? Version { get; init; }

    /// <summary>That version's id as a model.</summary>
    public string? Model { get; init; }

    /// <summary>Edits of it that would not do what they should and are in no version.</summary>
    public required IReadOnlyList<RejectedEdit> Rejected { get; init; }

    internal static ProposalInfo Of(ServedModel served, Proposal proposal, ModelVersion head) => new()
    {
        Id = proposal.Id,
        Status = proposal.State,
        Edits = proposal.Edits,
        Origin = proposal.Origin,
        CreatedAt = proposal.ProposedAt,
        Preview = proposal.Preview,
        IsCurrent = proposal.Preview.Version == head.Number,
        Decisions = proposal.Decisions,
        Version = proposal.Version,
        Model = proposal.Version is { } version ? served.IdOf(new ModelVersion(version)) : null,
        Rejected = proposal.Rejected,
    };
}

/// <summary>A page of proposals, the newest first.</summary>
/// <param name="Object">list.</param>
/// <param name="Data">The proposals.</param>
/// <param name="NextCursor">What to give as cursor for the next page; null at the end.</param>
public sealed record ProposalPage(string Object, IReadOnlyList<ProposalInfo> Data, string? NextCursor);
