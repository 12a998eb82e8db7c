using System.Text.Json.Serialization;
using Mend.Editing;

namespace Mend.Cli;

/// <summary>What is known once so many edits are committed, always of all of them; what has no data is NaN here and null in JSON.</summary>
internal sealed record EvalCheckpoint
{
    /// <summary>Edits committed.</summary>
    public required int Edits { get; init; }

    public required double EditSuccess { get; init; }

    public required double Generality { get; init; }

    /// <summary>Share of unrelated prompts whose predicted answer is the base model's.</summary>
    public required double Locality { get; init; }

    /// <summary>Perplexity on the text, as a multiple of the base model's.</summary>
    public required double PerplexityRatio { get; init; }

    /// <summary>Edit success of the first hundred edits, or of all while there are fewer.</summary>
    [JsonPropertyName("retention_first_100")]
    public required double RetentionFirst100 { get; init; }

    /// <summary>‖ΔW‖/‖W‖ by layer.</summary>
    public required IReadOnlyDictionary<string, double> WeightChange { get; init; }

    /// <summary>Mean time from request to committed version of the edits since the checkpoint before.</summary>
    public required double SecondsPerEdit { get; init; }

    /// <summary>Edits that were looked at before their commit and not committed; they count as failed.</summary>
    public int Rejected { get; init; }

    /// <summary>Time that consolidations have taken so far; not part of the time of the edits.</summary>
    public double ConsolidationSeconds { get; init; }

    /// <summary>Share of edits whose answer the model writes of itself and then goes on to something else, judged on some of them.</summary>
    public required double GeneratedSuccess { get; init; }

    /// <summary>The greatest ‖ΔW‖/‖W‖.</summary>
    public double GreatestChange => WeightChange.Count == 0 ? 0 : WeightChange.Values.Max();

    /// <summary>The figures that come from scores of all edits so far.</summary>
    public static EvalCheckpoint Of(IReadOnlyList<EditScore> scores, double perplexity, double generated, IReadOnlyDictionary<string, double> change, double seconds)
    {
        EvaluationReport report = EvaluationReport.Of(scores);
        return new EvalCheckpoint
        {
            Edits = scores.Count,
            EditSuccess = report.EditSuccess,
            Generality = report.Generality,
            Locality = report.Locality,
            PerplexityRatio = perplexity,
            RetentionFirst100 = scores.Take(100).Average(s => s.Success ? 1.0 : 0),
            WeightChange = change,
            SecondsPerEdit = seconds,
            GeneratedSuccess = generated,
        };
    }
}
