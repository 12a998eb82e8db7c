using System.Text.Json.Serialization;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>How far an evaluation is.</summary>
public enum EvaluationState
{
    /// <summary>It is at work.</summary>
    Running,

    /// <summary>It is at its end, and kept.</summary>
    Done,

    /// <summary>It was stopped; nothing is kept.</summary>
    Cancelled,

    /// <summary>Something went wrong; nothing is kept.</summary>
    Failed,
}

/// <summary>How well a version holds edits.</summary>
public sealed record EvaluationInfo
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>evaluation.</summary>
    public string Object { get; init; } = "evaluation";

    /// <summary>How far it is.</summary>
    public required EvaluationState Status { get; init; }

    /// <summary>What it is called, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The version that is read.</summary>
    public required long Version { get; init; }

    /// <summary>That version's id as a model.</summary>
    public required string Model { get; init; }

    /// <summary>How many records it is of.</summary>
    public required int Records { get; init; }

    /// <summary>How many of them are measured; the measures are of these.</summary>
    public int Done { get; init; }

    /// <summary>Share of edits whose prompt gives the wanted answer; null before the first.</summary>
    public double? EditSuccess { get; init; }

    /// <summary>Mean share of rephrases that give it; null without rephrases.</summary>
    public double? Generality { get; init; }

    /// <summary>Mean share of unrelated predictions that are as of the unedited model; null without unrelated prompts.</summary>
    public double? Locality { get; init; }

    /// <summary>Mean accuracy lost on unrelated prompts; null without any.</summary>
    public double? Drawdown { get; init; }

    /// <summary>Perplexity on the text, to the unedited model's; null without a text.</summary>
    public double? PerplexityRatio { get; init; }

    /// <summary>Who asked for it, or null.</summary>
    public string? By { get; init; }

    /// <summary>When it was asked for; null for one that another process made.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why there is no result.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Problem? Error { get; init; }

    internal static EvaluationInfo Of(ServedModel served, Evaluation kept) => new()
    {
        Id = kept.Id,
        Status = EvaluationState.Done,
        Name = kept.Name,
        Version = kept.Version,
        Model = served.IdOf(new ModelVersion(kept.Version)),
        Records = kept.Records,
        Done = kept.Records,
        EditSuccess = kept.EditSuccess,
        Generality = kept.Generality,
        Locality = kept.Locality,
        Drawdown = kept.Drawdown,
        PerplexityRatio = kept.PerplexityRatio,
        By = kept.By,
        EndedAt = kept.At,
    };
}

/// <summary>Evaluations, the newest first.</summary>
/// <param name="Object">list.</param>
/// <param name="Data">The evaluations.</param>
/// <param name="HasMore">Whether older ones were left out.</param>
public sealed record EvaluationList(string Object, IReadOnlyList<EvaluationInfo> Data, bool HasMore);
