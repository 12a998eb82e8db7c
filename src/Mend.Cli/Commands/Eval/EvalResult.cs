using Mend.Editing;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>What `mend eval` measures; figures without data are NaN here and null in JSON.</summary>
internal sealed record EvalResult
{
    public required string Method { get; init; }

    public required string Model { get; init; }

    public string? Editor { get; init; }

    /// <summary>Whether the edits were committed one after another, instead of each on the base.</summary>
    public required bool Sequential { get; init; }

    public required int Edits { get; init; }

    public required double EditSuccess { get; init; }

    public required double Generality { get; init; }

    public required double Locality { get; init; }

    public required double Drawdown { get; init; }

    public required double Loss { get; init; }

    public required double EditMsP50 { get; init; }

    public required double EditMsP95 { get; init; }

    public required double Seconds { get; init; }

    public static EvalResult Of(EvalRequest request, EvaluationReport report, TimeSpan elapsed) => new()
    {
        Method = request.Method,
        Model = request.Model,
        Editor = request.Method == "mend" ? request.Editor : null,
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
            ("time of an edit, median", $"{Format.Number(EditMsP50, "0.0")} ms"),
            ("time of an edit, 95 %", $"{Format.Number(EditMsP95, "0.0")} ms"),
        })
        {
            table.AddRow(new Text(name), new Text(value));
        }

        console.Write(table);
        console.WriteLine($"{Edits} edits by {Method}, {(Sequential ? "committed one after another" : "each on the base model")}, in {Format.Time(TimeSpan.FromSeconds(Seconds))}.");
    }
}
