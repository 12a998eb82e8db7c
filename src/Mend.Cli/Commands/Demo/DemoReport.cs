namespace Mend.Cli;

/// <summary>What the demo did, as `mend demo --json` writes it.</summary>
internal sealed record DemoReport
{
    public required IReadOnlyList<DemoFact> Facts { get; init; }

    public required IReadOnlyList<LogReport.Row> Log { get; init; }

    /// <summary>The version that took the first edit back.</summary>
    public required long Reverted { get; init; }

    public required EditReport.Row AfterRevert { get; init; }

    public required IReadOnlyList<DemoStage> Stages { get; init; }

    /// <summary>The training that came first, with --train.</summary>
    public TrainingResult? Trained { get; init; }
}

/// <summary>One edited fact.</summary>
internal sealed record DemoFact(long Version, string Prompt, string Target, IReadOnlyList<EditReport.Row> Prompts);

/// <summary>Time of one stage.</summary>
internal sealed record DemoStage(string Stage, double Ms);
