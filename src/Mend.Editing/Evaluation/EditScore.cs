namespace Mend.Editing;

/// <summary>What one edit did, measured on its own record.</summary>
public sealed record EditScore
{
    /// <summary>Name of the record.</summary>
    public required string Id { get; init; }

    /// <summary>Whether every token of the wanted answer is the most likely one on the prompt.</summary>
    public required bool Success { get; init; }

    /// <summary>Share of rephrases with the same; null when there are none.</summary>
    public double? Generality { get; init; }

    /// <summary>Share of unrelated prompts whose predicted tokens are what they were; null when there are none.</summary>
    public double? Locality { get; init; }

    /// <summary>Accuracy on unrelated prompts lost by the edit, base minus edited; null when there are none.</summary>
    public double? Drawdown { get; init; }

    /// <summary>c_edit · mean NLL of the wanted answer + c_loc · mean KL(base ‖ edited) where unrelated answers are predicted.</summary>
    public double Loss { get; init; }

    /// <summary>From the request to factors, forward and backward pass and editor included.</summary>
    public TimeSpan Duration { get; init; }
}

/// <summary>Means over many edits, as the paper defines its metrics (Mitchell et al., 2022, section 2.1).</summary>
public sealed record EvaluationReport
{
    /// <summary>Number of edits.</summary>
    public required int Edits { get; init; }

    /// <summary>Share of edits whose prompt gives the wanted answer.</summary>
    public required double EditSuccess { get; init; }

    /// <summary>Mean over edits of the share of rephrases that give it; NaN when no record has rephrases.</summary>
    public required double Generality { get; init; }

    /// <summary>Mean over edits of the share of unrelated predictions unchanged; NaN when no record has any.</summary>
    public required double Locality { get; init; }

    /// <summary>Mean over edits of the accuracy lost on unrelated prompts; NaN when no record has any.</summary>
    public required double Drawdown { get; init; }

    /// <summary>Mean of edit success and generality, less the drawdown; what is NaN is left out.</summary>
    public double Quality => new[] { EditSuccess, Generality }.Where(v => !double.IsNaN(v)).Average() - (double.IsNaN(Drawdown) ? 0 : Drawdown);

    /// <summary>Mean loss.</summary>
    public required double Loss { get; init; }

    /// <summary>Median time of an edit, in milliseconds.</summary>
    public required double EditMillisecondsP50 { get; init; }

    /// <summary>95th percentile of the time of an edit, in milliseconds.</summary>
    public required double EditMillisecondsP95 { get; init; }

    /// <summary>Averages scores.</summary>
    /// <param name="scores">At least one.</param>
    public static EvaluationReport Of(IReadOnlyList<EditScore> scores)
    {
        ArgumentOutOfRangeException.ThrowIfZero(scores.Count);
        double[] times = [.. scores.Select(s => s.Duration.TotalMilliseconds).Order()];
        double Mean(Func<EditScore, double?> value) => scores.Select(value).OfType<double>().DefaultIfEmpty(double.NaN).Average();
        return new EvaluationReport
        {
            Edits = scores.Count,
            EditSuccess = Mean(s => s.Success ? 1 : 0),
            Generality = Mean(s => s.Generality),
            Locality = Mean(s => s.Locality),
            Drawdown = Mean(s => s.Drawdown),
            Loss = Mean(s => s.Loss),
            EditMillisecondsP50 = Percentile(times, 0.50),
            EditMillisecondsP95 = Percentile(times, 0.95),
        };
    }

    /// <summary>Nearest rank.</summary>
    private static double Percentile(double[] sorted, double share) => sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
}
