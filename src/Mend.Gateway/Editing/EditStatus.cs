using System.Text.Json.Serialization;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>How far edits are.</summary>
public enum EditState
{
    /// <summary>They wait, or are worked on.</summary>
    Running,

    /// <summary>They are a version.</summary>
    Committed,

    /// <summary>They would not do what they should; nothing was committed.</summary>
    Rejected,

    /// <summary>Something went wrong; nothing was committed.</summary>
    Failed,
}

/// <summary>Edits and what became of them.</summary>
public sealed record EditStatus
{
    /// <summary>Their id; one idempotency key has one.</summary>
    public required string Id { get; init; }

    /// <summary>edit.</summary>
    public string Object { get; init; } = "edit";

    /// <summary>How far they are.</summary>
    public required EditState Status { get; init; }

    /// <summary>The version that holds them, once they are committed.</summary>
    public long? Version { get; init; }

    /// <summary>That version's id as a model.</summary>
    public string? Model { get; init; }

    /// <summary>Whether an earlier request had committed them.</summary>
    public bool AlreadyCommitted { get; init; }

    /// <summary>What was asked.</summary>
    public required IReadOnlyList<EditItem> Edits { get; init; }

    /// <summary>Edits that were not committed, because they would not do what they should.</summary>
    public IReadOnlyList<RejectedEdit> Rejected { get; init; } = [];

    /// <summary>Time by stage, of those that have ended.</summary>
    public IReadOnlyList<StageTime> Stages { get; init; } = [];

    /// <summary>When they were asked for.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When they ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why nothing was committed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Problem? Error { get; init; }
}
