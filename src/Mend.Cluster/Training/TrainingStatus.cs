using Mend.Editing;

namespace Mend.Cluster;

/// <summary>What a training run is doing.</summary>
public enum TrainingState
{
    /// <summary>There is no run.</summary>
    None,

    /// <summary>It is going on.</summary>
    Running,

    /// <summary>It was stopped and saved.</summary>
    Stopped,

    /// <summary>It is done and its editor is written.</summary>
    Finished,

    /// <summary>It broke off; what was saved before is there.</summary>
    Failed,

    /// <summary>Its silo stops; another can go on from what was saved.</summary>
    Interrupted,
}

/// <summary>Where a training run stands.</summary>
[GenerateSerializer, Immutable]
public sealed record TrainingStatus
{
    /// <summary>The run, or null when there is none.</summary>
    [Id(0)]
    public string? Run { get; init; }

    /// <summary>What it is doing.</summary>
    [Id(1)]
    public TrainingState State { get; init; }

    /// <summary>Grows whenever anything of this changes.</summary>
    [Id(2)]
    public long Revision { get; init; }

    /// <summary>Steps done.</summary>
    [Id(3)]
    public int Step { get; init; }

    /// <summary>Steps in all.</summary>
    [Id(4)]
    public int Steps { get; init; }

    /// <summary>Share of the run that is done, by steps or by time; 0 to 1.</summary>
    [Id(5)]
    public double Done { get; init; }

    /// <summary>Time spent, earlier parts of the run included.</summary>
    [Id(6)]
    public TimeSpan Elapsed { get; init; }

    /// <summary>L_edit of the last step.</summary>
    [Id(7)]
    public double EditLoss { get; init; }

    /// <summary>L_loc of the last step.</summary>
    [Id(8)]
    public double LocalityLoss { get; init; }

    /// <summary>The last validation, or null.</summary>
    [Id(9)]
    public TrainingScore? Validation { get; init; }

    /// <summary>The best validation, or null.</summary>
    [Id(10)]
    public TrainingScore? Best { get; init; }

    /// <summary>The editor file, on the silo that trains.</summary>
    [Id(11)]
    public string? Output { get; init; }

    /// <summary>Why the run failed, or null.</summary>
    [Id(12)]
    public string? Fault { get; init; }
}

/// <summary>What a validation has found. See <see cref="EvaluationReport"/>.</summary>
/// <param name="Edits">Number of edits.</param>
/// <param name="EditSuccess">Share of edits whose prompt gives the wanted answer.</param>
/// <param name="Generality">Mean share of rephrases that give it; NaN when there are none.</param>
/// <param name="Locality">Mean share of unrelated predictions unchanged; NaN when there are none.</param>
/// <param name="Drawdown">Mean accuracy lost on unrelated prompts; NaN when there are none.</param>
/// <param name="Loss">Mean loss.</param>
[GenerateSerializer, Immutable]
public sealed record TrainingScore(
    [property: Id(0)] int Edits,
    [property: Id(1)] double EditSuccess,
    [property: Id(2)] double Generality,
    [property: Id(3)] double Locality,
    [property: Id(4)] double Drawdown,
    [property: Id(5)] double Loss)
{
    /// <summary>Wraps a report; null stays null.</summary>
    /// <param name="report">The report.</param>
    public static TrainingScore? Of(EvaluationReport? report) =>
        report is null ? null : new(report.Edits, report.EditSuccess, report.Generality, report.Locality, report.Drawdown, report.Loss);
}
