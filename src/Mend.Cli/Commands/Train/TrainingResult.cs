using Mend.Editing;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>What a training has come to, as `mend train --json` writes it.</summary>
internal sealed record TrainingResult
{
    public required string Editor { get; init; }

    /// <summary>joint or mend.</summary>
    public string Method { get; init; } = JointTraining.Networks;

    /// <summary>Where edits of joint shift; null for mend.</summary>
    public JointRows? Rows { get; init; }

    public required IReadOnlyList<string> Layers { get; init; }

    public required long Parameters { get; init; }

    public required int Steps { get; init; }

    public required double Seconds { get; init; }

    /// <summary>The best validation, or null when there was none.</summary>
    public EvaluationReport? Validation { get; init; }

    public void Write(IAnsiConsole console)
    {
        if (Method == JointTraining.Method)
        {
            console.WriteLine($"Measured the inputs of {Layers.Count} layers where the {(Rows == JointRows.Answer ? "answer is predicted" : "subject ends")} in {Format.Time(TimeSpan.FromSeconds(Seconds))}; wrote {Editor}.");
            return;
        }

        console.WriteLine($"Trained {Steps} steps in {Format.Time(TimeSpan.FromSeconds(Seconds))}; wrote {Editor} ({Format.Count(Parameters)} parameters, {Layers.Count} layers).");
        if (Validation is { } v)
        {
            console.WriteLine($"Best on {v.Edits} validation edits: edit success {Format.Share(v.EditSuccess)}, generality {Format.Share(v.Generality)}, "
                + $"locality {Format.Share(v.Locality)}, drawdown {Format.Share(v.Drawdown)}.");
        }
    }
}
