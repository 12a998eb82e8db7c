using Mend.Editing;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>What `mend eval` measures; figures without data are NaN here and null in JSON.</summary>
internal sealed record EvalResult
{
    /// <summary>What a file of one begins with, and no other file.</summary>
    public const string Beginning = "{\n  \"method\": ";

    public required string Method { get; init; }

    public required string Model { get; init; }

    public string? Editor { get; init; }

    /// <summary>Whether the edits were committed one after another, instead of each on the base.</summary>
    public required bool Sequential { get; init; }

    /// <summary>The version that was measured as it stands in a ledger; null where edits were made for the measurement.</summary>
    public long? Version { get; init; }

    public required int Edits { get; init; }

    public required double EditSuccess { get; init; }

    public required double Generality { get; init; }

    public required double Locality { get; init; }

    public required double Drawdown { get; init; }

    public required double Loss { get; init; }

    /// <summary>Perplexity on the text as a multiple of the base model's; NaN without a text.</summary>
    public double PerplexityRatio { get; init; } = double.NaN;

    /// <summary>What was measured on the way, when edits were committed one after another.</summary>
    public IReadOnlyList<EvalCheckpoint> Checkpoints { get; init; } = [];

    /// <summary>Most memory that the process had, in bytes; 0 where it is not known.</summary>
    public long PeakBytes { get; init; }

    public required double EditMsP50 { get; init; }

    public required double EditMsP95 { get; init; }

    public required double Seconds { get; init; }

    public static EvalResult Of(EvalRequest request, EvaluationReport report, TimeSpan elapsed) => new()
    {
        Method = request.Method!,
        Model = request.Model,
        Editor = request.Method is JointTraining.Method or JointTraining.Networks ? request.Editor : null,
        Sequential = request.Sequential,
        Edits = report.Edits,
        EditSuccess = report.EditSuccess,
        Generality = report.Generality,
        Locality = report.Locality,
        Drawdown = report.Drawdown,
        Loss = report.Loss,
        EditMsP50 = report.EditMillisecondsP50,
        EditMsP95 = report.EditMillisecondsP95,
        Seconds = elapsed.TotalSeconds,
    };

    public void Write(IAnsiConsole console)
    {
        Table table = CliOutput.Table("metric", "value");
        table.Columns[1].RightAligned();
        foreach ((string name, string value) in new[]
        {
            ("edit success", Format.Share(EditSuccess)),
            ("generality", Format.Share(Generality)),
            ("locality", Format.Share(Locality)),
            ("drawdown", Format.Share(Drawdown)),
            ("perplexity, to the base's", Format.Number(PerplexityRatio, "0.0000")),
            ("time of an edit, median", $"{Format.Number(EditMsP50, "0.0")} ms"),
            ("time of an edit, 95 %", $"{Format.Number(EditMsP95, "0.0")} ms"),
        })
        {
            table.AddRow(new Text(name), new Text(value));
        }

        console.Write(table);
        if (Checkpoints.Count > 0)
        {
            Table course = CliOutput.Table("edits", "success", "generality", "locality", "perplexity", "first 100", "change", "written", "s/edit");
            foreach (EvalCheckpoint c in Checkpoints)
            {
                course.AddRow(
                    new Text(Format.Count(c.Edits)), new Text(Format.Share(c.EditSuccess)), new Text(Format.Share(c.Generality)), new Text(Format.Share(c.Locality)),
                    new Text(Format.Number(c.PerplexityRatio, "0.0000")), new Text(Format.Share(c.RetentionFirst100)), new Text(Format.Number(c.GreatestChange, "0.000")),
                    new Text(Format.Share(c.GeneratedSuccess)), new Text(Format.Number(c.SecondsPerEdit, "0.00")));
            }

            console.Write(course);
        }

        console.WriteLine($"{Edits} edits by {Method}, {(Version is { } v ? $"as version {v} answers" : Sequential ? "committed one after another" : "each on the base model")}, in {Format.Time(TimeSpan.FromSeconds(Seconds))}.");
    }
}
