using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>Edits facts one by one in a ledger of its own, shows what changed and what did not, and takes one back.</summary>
internal sealed class DemoRun(CliHost host, CliOutput output, DemoFiles files, string ledger)
{
    private const int MostRephrases = 2;
    private const int MostUnrelated = 3;

    /// <summary>Facts that people know, from the edits that no editor was trained on.</summary>
    private static readonly string[] Facts = ["test-00594", "test-00168", "test-00216"];

    private readonly List<(string Stage, TimeSpan Duration)> _times = [];

    public int Shards { get; init; } = 1;

    public EngineChoice Engine { get; init; }

    public TrainingResult? Trained { get; init; }

    public async Task<DemoReport> RunAsync(CancellationToken cancellationToken)
    {
        List<EditRecord> all = [.. EditRecordReader.Read(files.Test)];
        List<EditRecord> facts = [.. Facts.Select(id => all.FirstOrDefault(r => r.Id == id)).OfType<EditRecord>()];
        await using EmbeddedModel model = await MeasureAsync(
            "open", () => ModelOpening.OpenAsync(host, files.Model, files.Editor, ledger, Shards, Engine, cancellationToken));
        Say($"A GPT-2 of {Format.Count(model.Architecture.Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name).Sum(p => p.Stored.Length))} parameters in {Shards} shards. "
            + $"It learned real facts; now {facts.Count} of them are edited into false ones.");
        List<DemoFact> edited = [];
        foreach (EditRecord fact in facts)
        {
            edited.Add(await EditAsync(model, fact, cancellationToken));
        }

        Say("\nThe version log:");
        IReadOnlyList<LogReport.Row> log = await LogAsync(model, cancellationToken);
        (long reverted, EditReport.Row back) = await RevertAsync(model, facts[0], edited[0], cancellationToken);
        IReadOnlyList<LogReport.Row> after = await LogAsync(model, cancellationToken);
        Show(console =>
        {
            Table table = CliOutput.Table("stage", "time");
            table.Columns[1].RightAligned();
            foreach ((string stage, TimeSpan duration) in _times)
            {
                table.AddRow(new Text(stage), new Text(Format.Milliseconds(duration)));
            }

            console.WriteLine("\nTime of every stage:");
            console.Write(table);
        });
        return new DemoReport
        {
            Facts = edited,
            Log = after.Count > 0 ? after : log,
            Reverted = reverted,
            AfterRevert = back,
            Stages = [.. _times.Select(t => new DemoStage(t.Stage, t.Duration.TotalMilliseconds))],
            Trained = Trained,
        };
    }

    private async Task<DemoFact> EditAsync(EmbeddedModel model, EditRecord fact, CancellationToken cancellationToken)
    {
        List<Probe> probes =
        [
            new("edit", fact.Prompt, fact.Target),
            .. fact.Rephrases.Take(MostRephrases).Select(r => new Probe("rephrase", r, fact.Target)),
            .. fact.Locality.Take(MostUnrelated).Select(l => new Probe("unrelated", l.Text, l.Target)),
        ];
        IReadOnlyList<ProbeReading> before = await Probes.ReadAsync(model, Prompting.Plain, probes, null, null, cancellationToken);
        EditOutcome outcome = await model.EditAsync([new EditRequest(fact.Prompt, fact.Target)], cancellationToken);
        IReadOnlyList<ProbeReading> after = await Probes.ReadAsync(model, Prompting.Plain, probes, outcome.Version, null, cancellationToken);
        foreach (StageDuration stage in outcome.Stages)
        {
            _times.Add(($"edit {outcome.Version}: {stage.Stage}", stage.Duration));
        }

        IReadOnlyList<EditReport.Row> rows = EditReport.Rows(probes, before, after);
        Show(console =>
        {
            console.WriteLine($"\nVersion {outcome.Version}: \"{fact.Prompt}\" -> \"{fact.Target}\"");
            console.Write(EditReport.Table(rows));
        });
        return new DemoFact(outcome.Version.Number, fact.Prompt, fact.Target, rows);
    }

    private async Task<(long Version, EditReport.Row Row)> RevertAsync(
        EmbeddedModel model, EditRecord fact, DemoFact edited, CancellationToken cancellationToken)
    {
        Probe[] probes = [new("revert", fact.Prompt, fact.Target)];
        IReadOnlyList<ProbeReading> before = await Probes.ReadAsync(model, Prompting.Plain, probes, null, null, cancellationToken);
        ModelVersion version = await MeasureAsync("revert", () => model.RevertAsync(new RevertRequest([new ModelVersion(edited.Version)]), cancellationToken));
        IReadOnlyList<ProbeReading> after = await Probes.ReadAsync(model, Prompting.Plain, probes, version, null, cancellationToken);
        EditReport.Row row = EditReport.Rows(probes, before, after)[0];
        Show(console =>
        {
            console.WriteLine($"\nVersion {version} takes version {edited.Version} back:");
            console.Write(EditReport.Table([row]));
        });
        return (version.Number, row);
    }

    private async Task<IReadOnlyList<LogReport.Row>> LogAsync(EmbeddedModel model, CancellationToken cancellationToken)
    {
        LogReport report = new() { Ledger = null, Versions = LogReport.Of(await model.LogAsync(cancellationToken)) };
        Show(report.Write);
        return report.Versions;
    }

    private async Task<T> MeasureAsync<T>(string stage, Func<Task<T>> work)
    {
        long started = host.Time.GetTimestamp();
        T result = await work();
        _times.Add((stage, host.Time.GetElapsedTime(started)));
        return result;
    }

    private void Say(string text) => Show(console => console.WriteLine(text));

    private void Show(Action<IAnsiConsole> write)
    {
        if (!output.IsJson)
        {
            write(output.Console);
        }
    }
}
