using System.Globalization;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cli;

/// <summary>What to train, from what, to where.</summary>
internal sealed record TrainingRequest
{
    public required string Model { get; init; }

    public required string Train { get; init; }

    public string? Validation { get; init; }

    public required string Output { get; init; }

    public required string Checkpoint { get; init; }

    public bool Resume { get; init; }

    /// <summary>joint or mend; null for what suits the model.</summary>
    public string? Method { get; init; }

    /// <summary>Ordinary text for joint; null lets the model write it.</summary>
    public string? Text { get; init; }

    /// <summary>Probability that joint edits shall reach; null for what suits the rows.</summary>
    public float? Confidence { get; init; }

    /// <summary>Where joint edits shift; null for where the model lets them.</summary>
    public JointRows? Rows { get; init; }

    public IReadOnlyList<string> Layers { get; init; } = [];

    public required TrainingOptions Training { get; init; }

    public required EditorOptions Editor { get; init; }

    public int Shards { get; init; } = 1;

    public EngineChoice Engine { get; init; }

    /// <summary>The command line that goes on with the run.</summary>
    public required string ResumeHint { get; init; }
}

/// <summary>Trains an editor: shows how it goes, saves the run now and then, writes the editor at the end.</summary>
internal static class TrainingRun
{
    /// <summary>Runs the training.</summary>
    /// <exception cref="CliException">It was stopped; the message says how to go on.</exception>
    public static async Task<TrainingResult> RunAsync(TrainingRequest request, CliOutput output, TimeProvider time, CancellationToken cancellationToken)
    {
        CheckFiles(request);
        List<EditRecord> train = [.. EditRecordReader.Read(request.Train)];
        List<EditRecord> validation = request.Validation is null ? [] : [.. EditRecordReader.Read(request.Validation)];
        using BaseModel model = BaseModel.Open(request.Model, request.Shards, request.Engine, output, cancellationToken);
        BaseModelFingerprint fingerprint = model.Folder.Fingerprint();
        if ((request.Method ?? (model.Architecture.Task == ModelTask.Causal ? JointTraining.Method : JointTraining.Networks)) == JointTraining.Method)
        {
            return await JointTraining.RunAsync(request, model, train, output, time, cancellationToken);
        }

        IReadOnlyList<string> layers = EditedLayers.Of(model.Architecture, request.Layers, request.Editor);
        using MendEditor editor = Checked(() => new MendEditor(model.Engine, model.Architecture, layers, request.Editor, request.Training.Seed));
        using EditorTrainer trainer = Checked(() => new EditorTrainer(model.Chain, model.Encoder(), editor, train, validation, request.Training, time));
        await RequireNumbersAsync(model, train[0], cancellationToken);
        if (request.Resume)
        {
            TrainerCheckpoint.Load(request.Checkpoint, trainer, fingerprint);
            output.Remark($"Going on from step {trainer.Step} of {request.Training.Steps}.");
        }

        output.Remark($"{train.Count} edits, {layers.Count} layers, {Format.Count(editor.Parameters.Length)} editor parameters.");
        TrainingKeeper keeper = new(request.Checkpoint, fingerprint, time);
        EvaluationReport? last;
        try
        {
            last = await ProgressDisplay.RunAsync(output, time, "preparing", display => trainer.RunAsync(new Reporter(display), keeper.Keep, cancellationToken));
        }
        catch (OperationCanceledException)
        {
            throw new CliException(ExitCode.Cancelled, Stop(request, trainer, keeper));
        }

        if (trainer.Step == 0)
        {
            throw new CliException(
                ExitCode.CheckFailed, "the time was over before the first step, so the editor has learnt nothing and was not written; give more --max-minutes, or fewer edits in --train.");
        }

        EditorFile.Save(request.Output, editor, fingerprint, Notes(request, trainer, keeper));
        File.Delete(request.Checkpoint);
        return new TrainingResult
        {
            Editor = request.Output,
            Layers = layers,
            Parameters = editor.Parameters.Length,
            Steps = trainer.Step,
            Seconds = (keeper.Last?.Elapsed ?? trainer.ElapsedBefore).TotalSeconds,
            Validation = keeper.Best ?? last,
        };
    }

    /// <summary>Options that contradict each other are the caller's mistake.</summary>
    private static T Checked<T>(Func<T> create)
    {
        try
        {
            return create();
        }
        catch (ArgumentException e)
        {
            throw new CliException(ExitCode.Usage, $"These options do not go together: {e.Message}", e);
        }
    }

    /// <summary>Training passes over steps that are no numbers, and would from a model that computes none save an editor that learnt nothing.</summary>
    private static async Task RequireNumbersAsync(BaseModel model, EditRecord any, CancellationToken cancellationToken)
    {
        ModelReader reader = new(model.Chain, model.Folder.Tokenizer, new HashSet<int>(), _ => Task.FromResult(ModelVersion.Base));
        try
        {
            await reader.ScoreAsync([new PromptTarget(any.Prompt, any.Target)], ModelVersion.Base, null, cancellationToken);
        }
        catch (EditRequestException)
        {
            // The trainer finds that too, and names the record.
        }
    }

    private static void CheckFiles(TrainingRequest request)
    {
        foreach (string file in new[] { request.Output, request.Checkpoint })
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
            if (!Directory.Exists(folder))
            {
                throw new CliException(ExitCode.BadInput, $"There is no folder '{folder}' to write '{Path.GetFileName(file)}' to; make it, or name another.");
            }
        }

        // Not after hours of training.
        DurableFile.ThrowIfForeign(request.Output, EditorFile.Is);
        if (!request.Resume && File.Exists(request.Checkpoint))
        {
            throw new CliException(
                ExitCode.BadInput, $"There is a checkpoint '{request.Checkpoint}' of a run that was stopped; add --resume to go on with it, or delete it to start afresh.");
        }
    }

    private static Dictionary<string, string> Notes(TrainingRequest request, EditorTrainer trainer, TrainingKeeper keeper)
    {
        Dictionary<string, string> notes = new()
        {
            ["training_data"] = Path.GetFileName(request.Train),
            ["training_steps"] = trainer.Step.ToString(CultureInfo.InvariantCulture),
            ["training_seconds"] = Format.Number((keeper.Last?.Elapsed ?? trainer.ElapsedBefore).TotalSeconds, "0.0"),
            ["training_seed"] = request.Training.Seed.ToString(CultureInfo.InvariantCulture),
        };
        if (keeper.Best is { } best)
        {
            notes["validation"] = $"edit success {Format.Share(best.EditSuccess)}, generality {Format.Share(best.Generality)}, drawdown {Format.Share(best.Drawdown)} on {best.Edits} edits";
        }

        return notes;
    }

    /// <summary>Saves a run that was stopped.</summary>
    /// <returns>What to tell.</returns>
    private static string Stop(TrainingRequest request, EditorTrainer trainer, TrainingKeeper keeper)
    {
        if (keeper.Save(trainer))
        {
            return $"stopped after step {trainer.Step} of {request.Training.Steps}; the run is saved in '{request.Checkpoint}'. Go on with: {request.ResumeHint}";
        }

        return trainer.Step == 0
            ? "stopped before the first step; nothing was written."
            : $"stopped at step {trainer.Step}, as '{request.Checkpoint}' has it; go on with: {request.ResumeHint}";
    }

    /// <summary>Reports at once, on the thread that trains, so that steps are told in order.</summary>
    private sealed class Reporter(ProgressDisplay display) : IProgress<TrainingProgress>
    {
        private EvaluationReport? _seen;
        private (double Done, TimeSpan Elapsed)? _first;

        /// <summary>From the first step on: what is prepared before it says nothing about the steps.</summary>
        private TimeSpan? Remaining(TrainingProgress now)
        {
            _first ??= (now.Done, now.Elapsed);
            double done = now.Done - _first.Value.Done;
            return done > 0 ? (now.Elapsed - _first.Value.Elapsed) * ((1 - now.Done) / done) : null;
        }

        public void Report(TrainingProgress value)
        {
            bool validated = !ReferenceEquals(value.Validation, _seen);
            _seen = value.Validation;
            string metrics = value.Validation is { } v
                ? $"  ES {Format.Share(v.EditSuccess)} gen {Format.Share(v.Generality)} DD {Format.Share(v.Drawdown)} val {Format.Number(v.Loss, "0.0000")}{(value.IsBest ? "*" : "")}"
                : "";
            string status = $"step {value.Step}/{value.Steps}  L_edit {Format.Number(value.EditLoss, "0.000")} L_loc {Format.Number(value.LocalityLoss, "0.0000")}{metrics}";
            display.Report(value.Done, status, Remaining(value), important: validated);
        }
    }
}
