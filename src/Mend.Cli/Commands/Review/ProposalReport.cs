using System.Globalization;
using Mend.Ledger;
using Mend.Sharding;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>A proposal, as `mend proposals --json` and its like write it.</summary>
internal sealed record ProposalReport
{
    public required long Id { get; init; }

    public required ProposalState Status { get; init; }

    public required IReadOnlyList<ProposedEdit> Edits { get; init; }

    public EditOrigin? Origin { get; init; }

    public required DateTimeOffset ProposedAt { get; init; }

    public required IReadOnlyList<ProposalDecision> Decisions { get; init; }

    /// <summary>The version that holds it, or null.</summary>
    public long? Version { get; init; }

    /// <summary>Edits of it that are in no version, because they would not do what they should.</summary>
    public required IReadOnlyList<RejectedEdit> Rejected { get; init; }

    public required EditPreview Preview { get; init; }

    /// <summary>Whether the preview is of the newest version.</summary>
    public required bool IsCurrent { get; init; }

    /// <summary>Where it is kept.</summary>
    public string? Ledger { get; init; }

    public static ProposalReport Of(Proposal proposal, ModelVersion head, string? ledger) => new()
    {
        Id = proposal.Id,
        Status = proposal.State,
        Edits = proposal.Edits,
        Origin = proposal.Origin,
        ProposedAt = proposal.ProposedAt,
        Decisions = proposal.Decisions,
        Version = proposal.Version,
        Rejected = proposal.Rejected,
        Preview = proposal.Preview,
        IsCurrent = proposal.Preview.Version == head.Number,
        Ledger = ledger,
    };

    /// <summary>How far it is, in a line.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Summary => $"Proposal {Id} is {State}.";

    private string State => Status switch
    {
        ProposalState.Committed => $"version {Version}{By}",
        ProposalState.Declined => $"declined{By}",
        ProposalState.Approved => $"approved{By} and on its way",
        ProposalState.Rejected => $"approved{By}, but would not do what it should",
        _ => IsCurrent ? "open" : $"open, looked at on version {Preview.Version}",
    };

    private string By => Decisions is [.., { } last] ? $"{(last.By is null ? "" : $" by {last.By}")}{(last.Reason is null ? "" : $" ({last.Reason})")}" : "";

    public void Write(IAnsiConsole console, string summary)
    {
        console.Write(EditReport.Table(Preview.Prompts.Select(p => new EditReport.Row(
            p.Kind, p.Prompt, p.Target, p.Before.Answer, p.After.Answer, p.Before.Probability, p.After.Probability, p.After.IsTarget))));
        console.WriteLine($"Looked at on top of version {Preview.Version}.");
        if (Preview.Earlier.Lost.Count > 0)
        {
            console.WriteLine($"Of {Preview.Earlier.Looked} earlier edits {Preview.Earlier.Lost.Count} would be lost, \"{Preview.Earlier.Lost[0].Prompt}\" among them.");
        }

        if (Preview.Guard is { } guard)
        {
            console.WriteLine($"Of {guard.Looked} answers that the guard looks at {guard.Changed.Count} would change, {guard.Tolerated} may.");
            foreach (string fault in guard.Faults)
            {
                console.WriteLine($"The guard would refuse it: {fault}.");
            }
        }

        foreach (RejectedEdit rejected in Rejected)
        {
            console.WriteLine($"In no version: \"{rejected.Prompt}\" -> \"{rejected.Target}\": {rejected.Reason}");
        }

        console.WriteLine(summary);
    }

    public static void WriteList(IAnsiConsole console, IReadOnlyList<ProposalReport> proposals, bool all)
    {
        if (proposals.Count == 0)
        {
            console.WriteLine(all ? "There are no proposals yet: `mend propose` makes the first one." : "No proposal waits for a decision; --all shows those that have one.");
            return;
        }

        Table table = CliOutput.Table("proposal", "time (UTC)", "what", "who", "state");
        table.Columns[0].RightAligned();
        foreach (ProposalReport one in proposals)
        {
            table.AddRow(
                new Text(one.Id.ToString(CultureInfo.InvariantCulture)),
                new Text(one.ProposedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)),
                new Text(string.Join("\n", one.Edits.Select(e => $"{e.Prompt} -> {e.Target}"))),
                new Text(string.Join("; ", new[] { one.Origin?.Author, one.Origin?.Reason, one.Origin?.Source }.OfType<string>())),
                new Text(one.State));
        }

        console.Write(table);
    }
}
