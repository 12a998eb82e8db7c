using Spectre.Console;

namespace Mend.Cli;

/// <summary>How a finding stands.</summary>
internal enum FindingState
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Not there, and something that somebody may want needs it.</summary>
    Missing,

    /// <summary>There, and cannot be used.</summary>
    Bad,
}

/// <summary>What `mend doctor` found.</summary>
/// <param name="Model">The folder or file.</param>
/// <param name="Findings">In the order in which they build on each other.</param>
internal sealed record DoctorReport(string Model, IReadOnlyList<DoctorReport.Finding> Findings)
{
    /// <summary>Whether the model opens and answers: nothing that is there is unusable.</summary>
    public bool Usable => Findings.All(f => f.State != FindingState.Bad);

    public void Write(IAnsiConsole console)
    {
        Table table = CliOutput.Table("part", "state", "found");
        foreach (Finding finding in Findings)
        {
            Style style = finding.State switch
            {
                FindingState.Bad => new Style(Color.Red),
                FindingState.Missing => new Style(Color.Yellow),
                _ => Style.Plain,
            };
            table.AddRow(new Text(finding.Part), new Text(Word(finding.State), style), new Text(finding.Found));
        }

        console.Write(table);
        foreach (Finding finding in Findings.Where(f => f.Do is not null))
        {
            console.WriteLine($"{finding.Part}: {finding.Do}");
        }

        console.WriteLine(Usable ? "The model can be used." : "The model cannot be used as it is.");
    }

    private static string Word(FindingState state) => state switch
    {
        FindingState.Good => "ok",
        FindingState.Missing => "missing",
        _ => "BAD",
    };

    /// <summary>One part of a model.</summary>
    /// <param name="Part">Which.</param>
    /// <param name="State">How it stands.</param>
    /// <param name="Found">What was found, in one line.</param>
    /// <param name="Do">What to do; null where nothing needs to be done.</param>
    internal sealed record Finding(string Part, FindingState State, string Found, string? Do = null);
}
