using Mend.Ledger;
using Mend.Editing;
using Mend.Models;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>What to measure.</summary>
internal sealed record EvalRequest
{
    public required string Model { get; init; }

    public string? Editor { get; init; }

    public required string Method { get; init; }

    public IReadOnlyList<string> Layers { get; init; } = [];

    public float? Rate { get; init; }

    public required IReadOnlyList<EditRecord> Edits { get; init; }

    /// <summary>How prompts are put into a chat template; null for prompts as they stand.</summary>
    public ChatSettings? Chat { get; init; }

    public string? Ledger { get; init; }

    public bool Sequential { get; init; }

    public int Shards { get; init; } = 1;

    public EngineChoice Engine { get; init; }

    /// <summary>The same with the edits as the model gets them.</summary>
    public EvalRequest Prompted(Prompting prompting) => this with { Edits = [.. Edits.Select(prompting.Of)] };
}

/// <summary>Measures edits, each on the base model or one after another.</summary>
internal static class EvalRun
{
    /// <summary>Unrelated prompts that ft-kl holds in every step.</summary>
    private const int HeldPrompts = 8;

    public static async Task<EvalResult> RunAsync(EvalRequest request, CliOutput output, TimeProvider time, CancellationToken cancellationToken)
    {
        if (request.Edits.Count == 0)
        {
            throw new CliException(ExitCode.BadInput, "There are no edits to measure; name a file with some.");
        }

        return await ProgressDisplay.RunAsync(
            output, time, "loading", display => request.Sequential ? InSequenceAsync(request, output, display, time, cancellationToken) : OnBaseAsync(request, output, display, time, cancellationToken));
    }

    private static async Task<EvalResult> OnBaseAsync(EvalRequest request, CliOutput output, ProgressDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        using BaseModel model = BaseModel.Open(request.Model, request.Shards, request.Engine, output, cancellationToken);
        request = request.Prompted(Prompting.Of(request.Chat, model.Folder, time));
        using MendEditor? editor = LoadEditor(request, model);
        ExampleEncoder encoder = model.Encoder();
        EditEvaluator evaluator = new(model.Chain, encoder);
        Meter meter = new(display, time, request.Edits.Count);
        List<EditScore> scores = [];
        for (int i = 0; i < request.Edits.Count; i++)
        {
            IEditMethod method = Method(request, i, editor, encoder, model.Architecture);
            scores.Add(await evaluator.ScoreAsync(request.Edits[i], method, cancellationToken));
            meter.Report(scores.Count, scores);
        }

        return EvalResult.Of(request, EvaluationReport.Of(scores), meter.Elapsed);
    }

    /// <summary>Commits all edits in order, then measures every one of them against the last version.</summary>
    private static async Task<EvalResult> InSequenceAsync(EvalRequest request, CliOutput output, ProgressDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        if (request.Method != "mend")
        {
            throw new CliException(ExitCode.Usage, "--sequential commits edits of an editor; it works with --method mend only.");
        }

        EmbeddedModelOptions options = new()
        {
            ModelFolder = request.Model,
            EditorFile = request.Editor,
            LedgerStore = request.Ledger is { } ledger ? () => LedgerStores.Open(ledger, ModelOpening.ModelName(request.Model), time) : null,
            Shards = request.Shards,
            Engine = request.Engine.Create(),
            Time = time,
        };
        await using EmbeddedModel model = await EmbeddedModel.OpenAsync(options, cancellationToken);
        model.Architecture.Notes.ToList().ForEach(output.Warn);
        request = request.Prompted(Prompting.Of(request.Chat, model, time));
        Meter meter = new(display, time, 2 * request.Edits.Count);
        List<TimeSpan> durations = [];
        foreach (EditRecord record in request.Edits)
        {
            long started = time.GetTimestamp();
            await model.EditAsync([new EditRequest(record.Prompt, record.Target)], cancellationToken);
            durations.Add(time.GetElapsedTime(started));
            meter.Report(durations.Count, []);
        }

        long head = (await model.HeadAsync(cancellationToken)).Number;
        EditEvaluator evaluator = new(model.Runner, model.Encoder);
        List<EditScore> scores = [];
        foreach (EditRecord record in request.Edits)
        {
            EditScore score = await evaluator.MeasureAsync(record, head, [], cancellationToken);
            scores.Add(score with { Duration = durations[scores.Count] });
            meter.Report(durations.Count + scores.Count, scores);
        }

        return EvalResult.Of(request, EvaluationReport.Of(scores), meter.Elapsed);
    }

    private static MendEditor? LoadEditor(EvalRequest request, BaseModel model) =>
        request.Method != "mend" ? null : EditorFile.Load(request.Editor!, model.Engine, model.Architecture, model.Folder.Fingerprint());

    private static IEditMethod Method(EvalRequest request, int index, MendEditor? editor, ExampleEncoder encoder, ModelArchitecture architecture)
    {
        if (request.Method == "mend")
        {
            return new MendMethod(editor!, encoder.Padding);
        }

        IReadOnlyList<string> layers = architecture.ResolveEditedLayers(request.Layers);
        FineTuningOptions options = new() { Rate = request.Rate ?? FineTuningOptions.DefaultRate };
        if (request.Method == "ft")
        {
            return new FineTuning(layers, encoder.Padding, options);
        }

        // The prompts that are held belong to other edits: an edit's own ones are what it is judged by.
        List<EncodedExample> held = [.. Enumerable.Range(1, request.Edits.Count - 1)
            .SelectMany(step => request.Edits[(index + step) % request.Edits.Count].Locality.Take(1))
            .Take(HeldPrompts)
            .Select(l => encoder.Encode(l.Text, l.Target))];
        return held.Count > 0
            ? new FineTuning(layers, encoder.Padding, options with { DivergenceWeight = 1f }, held)
            : throw new CliException(ExitCode.BadInput, "ft-kl holds unrelated prompts of other edits, and there are none; give a file of several edits with locality prompts, or use --method ft.");
    }

    private sealed class Meter(ProgressDisplay display, TimeProvider time, int total)
    {
        private readonly long _started = time.GetTimestamp();

        public TimeSpan Elapsed => time.GetElapsedTime(_started);

        public void Report(int done, IReadOnlyList<EditScore> scores)
        {
            double share = (double)done / total;
            string metrics = "";
            if (scores.Count > 0)
            {
                EvaluationReport report = EvaluationReport.Of(scores);
                metrics = $"  ES {Format.Share(report.EditSuccess)} gen {Format.Share(report.Generality)} DD {Format.Share(report.Drawdown)}";
            }

            display.Report(share, $"{done}/{total}{metrics}", Elapsed * ((1 - share) / share));
        }
    }
}
