using System.Diagnostics;
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

    /// <summary>joint, mend, ft or ft-kl; null for what the editor is.</summary>
    public string? Method { get; init; }

    /// <summary>Ordinary text to measure the perplexity on, or null.</summary>
    public string? Text { get; init; }

    /// <summary>Edits a version, when committed one after another.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Whether edits are consolidated before they are measured.</summary>
    public bool Consolidate { get; init; }

    /// <summary>Numbers of edits to measure at, beside 1, 10, 100 and so on and the last.</summary>
    public IReadOnlyList<int> Checkpoints { get; init; } = [];

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

    /// <summary>Tokens of the text that the perplexity is of.</summary>
    private const int PerplexityTokens = 4096;

    /// <summary>Edits, each on the base, after which the perplexity is measured.</summary>
    private const int MostPerplexities = 20;

    public static async Task<EvalResult> RunAsync(EvalRequest request, CliOutput output, TimeProvider time, CancellationToken cancellationToken)
    {
        if (request.Edits.Count == 0)
        {
            throw new CliException(ExitCode.BadInput, "There are no edits to measure; name a file with some.");
        }

        return await ProgressDisplay.RunAsync(
            output, time, "loading", display => (request.Method, request.Sequential) switch
            {
                ("ft" or "ft-kl", true) => throw new CliException(ExitCode.Usage, "--sequential commits edits of an editor; leave --method out, or give joint or mend."),
                ("ft" or "ft-kl", false) => FineTunedAsync(request, output, display, time, cancellationToken),
                (_, true) => InSequenceAsync(request, output, display, time, cancellationToken),
                _ when request.Ledger is not null => AsCommittedAsync(request, output, display, time, cancellationToken),
                _ => OnBaseAsync(request, output, display, time, cancellationToken),
            });
    }

    /// <summary>The request that commits a record.</summary>
    public static EditRequest Request(EditRecord record) => new(record.Prompt, record.Target) { Subject = record.Subject };

    /// <summary>Previews each edit on the base model, through the coordinator that commits edits too.</summary>
    private static async Task<EvalResult> OnBaseAsync(EvalRequest request, CliOutput output, ProgressDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        await using EmbeddedModel model = await OpenAsync(request, output, time, cancellationToken);
        request = request.Prompted(Prompting.Of(request.Chat, model, time));
        TextPerplexity? text = await TextAsync(request, model, cancellationToken);
        double before = text is null ? double.NaN : await text.MeasureAsync(0, [], cancellationToken);
        EditEvaluator evaluator = new(model.Runner, model.Encoder);
        Meter meter = new(display, time, request.Edits.Count);
        List<EditScore> scores = [];
        List<double> ratios = [];
        foreach (EditRecord record in request.Edits)
        {
            long started = time.GetTimestamp();
            EditDraft draft = await model.PreviewAsync([Request(record)], cancellationToken);
            TimeSpan duration = time.GetElapsedTime(started);
            scores.Add(await evaluator.MeasureAsync(record, 0, draft.Factors, cancellationToken) with { Duration = duration });
            if (text is not null && ratios.Count < MostPerplexities)
            {
                ratios.Add(await text.MeasureAsync(0, draft.Factors, cancellationToken) / before);
            }

            meter.Report(scores.Count, scores);
        }

        return EvalResult.Of(request with { Method = Name(model) }, EvaluationReport.Of(scores), meter.Elapsed) with { PerplexityRatio = ratios.Count == 0 ? double.NaN : ratios.Average() };
    }

    /// <summary>Fine-tunes for each edit on the base model.</summary>
    private static async Task<EvalResult> FineTunedAsync(EvalRequest request, CliOutput output, ProgressDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        using BaseModel model = BaseModel.Open(request.Model, request.Shards, request.Engine, output, cancellationToken);
        request = request.Prompted(Prompting.Of(request.Chat, model.Folder, time));
        ExampleEncoder encoder = model.Encoder();
        EditEvaluator evaluator = new(model.Chain, encoder);
        Meter meter = new(display, time, request.Edits.Count);
        List<EditScore> scores = [];
        for (int i = 0; i < request.Edits.Count; i++)
        {
            scores.Add(await evaluator.ScoreAsync(request.Edits[i], Method(request, i, encoder, model.Architecture), cancellationToken));
            meter.Report(scores.Count, scores);
        }

        return EvalResult.Of(request, EvaluationReport.Of(scores), meter.Elapsed);
    }

    /// <summary>Measures the edits as the ledger's newest version answers; commits nothing.</summary>
    private static async Task<EvalResult> AsCommittedAsync(EvalRequest request, CliOutput output, ProgressDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        await using EmbeddedModel model = await OpenAsync(request, output, time, cancellationToken);
        request = request.Prompted(Prompting.Of(request.Chat, model, time));
        ModelVersion head = await model.HeadAsync(cancellationToken);
        TextPerplexity? text = await TextAsync(request, model, cancellationToken);
        EditEvaluator evaluator = new(model.Runner, model.Encoder);
        Meter meter = new(display, time, request.Edits.Count);
        List<EditScore> scores = [];
        foreach (EditRecord record in request.Edits)
        {
            scores.Add(await evaluator.MeasureAsync(record, head.Number, [], cancellationToken));
            meter.Report(scores.Count, scores);
        }

        double ratio = text is null ? double.NaN : await text.MeasureAsync(head.Number, [], cancellationToken) / await text.MeasureAsync(0, [], cancellationToken);
        return EvalResult.Of(request with { Method = Name(model) }, EvaluationReport.Of(scores), meter.Elapsed) with { Version = head.Number, PerplexityRatio = ratio };
    }

    /// <summary>Commits all edits in order, and measures all so far at every checkpoint.</summary>
    private static async Task<EvalResult> InSequenceAsync(EvalRequest request, CliOutput output, ProgressDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        await using EmbeddedModel model = await OpenAsync(request, output, time, cancellationToken);
        request = request.Prompted(Prompting.Of(request.Chat, model, time));
        Meter meter = new(display, time, request.Edits.Count);
        SequentialEval eval = new(model, request, await TextAsync(request, model, cancellationToken), time);
        IReadOnlyList<EvalCheckpoint> checkpoints = await eval.RunAsync(meter.Report, cancellationToken);
        using Process own = Process.GetCurrentProcess();
        return EvalResult.Of(request with { Method = Name(model) }, EvaluationReport.Of(eval.Scores), meter.Elapsed) with
        {
            Checkpoints = checkpoints,
            PerplexityRatio = checkpoints[^1].PerplexityRatio,
            PeakBytes = own.PeakWorkingSet64,
        };
    }

    private static string Name(EmbeddedModel model) => model.IsJoint ? JointTraining.Method : JointTraining.Networks;

    private static async Task<EmbeddedModel> OpenAsync(EvalRequest request, CliOutput output, TimeProvider time, CancellationToken cancellationToken)
    {
        EmbeddedModel model = await EmbeddedModel.OpenAsync(
            new EmbeddedModelOptions
            {
                ModelFolder = request.Model,
                EditorFile = request.Editor,
                LedgerStore = request.Ledger is { } ledger ? () => LedgerStores.Open(ledger, ModelOpening.ModelName(request.Model), time) : null,
                Shards = request.Shards,
                Engine = request.Engine.Create(),
                Time = time,
            },
            cancellationToken);
        model.Architecture.Notes.ToList().ForEach(output.Warn);
        if (request.Method is { } wanted && wanted != Name(model))
        {
            await model.DisposeAsync();
            throw new CliException(ExitCode.BadInput, $"'{request.Editor}' is an editor of the {Name(model)} method, and --method asks for {wanted}; train one with `mend train --method {wanted}`, or leave --method out.");
        }

        return model;
    }

    private static async Task<TextPerplexity?> TextAsync(EvalRequest request, EmbeddedModel model, CancellationToken cancellationToken) => request.Text is not { } file
        ? null
        : new TextPerplexity(model.Runner, model.Encoder.Padding, model.Tokenizer.Encode(await TextFile.ReadAsync(file, cancellationToken)), PerplexityTokens);

    private static IEditMethod Method(EvalRequest request, int index, ExampleEncoder encoder, ModelArchitecture architecture)
    {
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

        public void Report(int done, EvalCheckpoint? last)
        {
            double share = (double)done / total;
            string metrics = last is { } c ? $"  at {c.Edits}: ES {Format.Share(c.EditSuccess)} gen {Format.Share(c.Generality)} loc {Format.Share(c.Locality)}" : "";
            display.Report(share, $"{done}/{total}{metrics}", Elapsed * ((1 - share) / share));
        }

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
