using System.Globalization;
using Mend.Editing;
using Mend.Models;

namespace Mend.Cluster;

/// <summary>One training run on this silo, off every grain's scheduler. Safe to use from several threads.</summary>
internal sealed class TrainingRun : IProgress<TrainingProgress>
{
    private readonly TrainingJob _job;
    private readonly BaseModelFingerprint _baseModel;
    private readonly MendEditor _editor;
    private readonly EditorTrainer _trainer;
    private readonly TrainingKeeper _keeper;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _giveUp;
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewChange();
    private TrainingStatus _status;
    private volatile bool _interrupted;

    private TrainingRun(
        string run, TrainingJob job, BaseModelFingerprint baseModel, MendEditor editor, EditorTrainer trainer, CancellationTokenSource giveUp, TimeProvider time)
    {
        _giveUp = giveUp;
        _job = job;
        _baseModel = baseModel;
        _editor = editor;
        _trainer = trainer;
        _time = time;
        _keeper = new TrainingKeeper(Checkpoint(job), baseModel, time);
        _status = new TrainingStatus { Run = run, State = TrainingState.Running, Revision = 1, Step = trainer.Step, Steps = job.Training.Steps, Output = job.Output };
    }

    /// <summary>Where it stands.</summary>
    public TrainingStatus Status
    {
        get
        {
            lock (_lock)
            {
                return _status;
            }
        }
    }

    /// <summary>Done when the run has ended, however; never fails.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Prepares a run, going on from its checkpoint where there is one, and starts it.</summary>
    /// <param name="run">Its id.</param>
    /// <param name="job">What to train.</param>
    /// <param name="model">The silo's model.</param>
    /// <param name="passes">Makes what runs passes through it until a token is cancelled.</param>
    public static TrainingRun Start(string run, TrainingJob job, SiloModel model, Func<CancellationToken, IPassRunner> passes)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(job.Output)) is not { } folder || !Directory.Exists(folder))
        {
            throw new ArgumentException($"There is no folder to write '{job.Output}' to on the silo that trains ({Environment.MachineName}); make it, or name another.", nameof(job));
        }

        List<EditRecord> train = [.. EditRecordReader.Parse(job.Edits, "edits")];
        List<EditRecord> validation = job.Validation is null ? [] : [.. EditRecordReader.Parse(job.Validation, "validation")];
        ModelArchitecture architecture = model.Folder.Architecture;
        CancellationTokenSource giveUp = new();
        IPassRunner runner = passes(giveUp.Token);
        MendEditor editor = new(runner.Engine, architecture, Layers(job, architecture), job.Editor, job.Training.Seed);
        EditorTrainer? trainer = null;
        try
        {
            trainer = new EditorTrainer(runner, new ExampleEncoder(architecture, model.Folder.Tokenizer), editor, train, validation, job.Training, model.Time);
            if (File.Exists(Checkpoint(job)))
            {
                TrainerCheckpoint.Load(Checkpoint(job), trainer, model.Fingerprint);
            }

            TrainingRun started = new(run, job, model.Fingerprint, editor, trainer, giveUp, model.Time);
            started.Ended = Task.Run(started.RunAsync);
            return started;
        }
        catch
        {
            trainer?.Dispose();
            editor.Dispose();
            throw;
        }
    }

    /// <summary>The layers that a job trains an editor for.</summary>
    public static IReadOnlyList<string> Layers(TrainingJob job, ModelArchitecture architecture) =>
        job.Layers.Count > 0 ? architecture.ResolveEditedLayers(job.Layers)
        : job.Editor.Whitening > 0 ? RecommendedLayers.Of(architecture) : architecture.DefaultEditedLayers;

    /// <summary>Where it stands, as soon as that is newer than what the caller knows, or after a while.</summary>
    /// <param name="after">The revision that the caller knows.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<TrainingStatus> NextAsync(long after, TimeSpan patience, CancellationToken cancellationToken)
    {
        Task changed;
        lock (_lock)
        {
            if (_status.Revision > after)
            {
                return _status;
            }

            changed = _changed.Task;
        }

        try
        {
            await changed.WaitAsync(patience, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Nothing new: the caller asks again.
        }

        return Status;
    }

    /// <summary>Stops the run after its current step, saves it, and waits for that.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Ended.ConfigureAwait(false);
    }

    /// <summary>Ends the run for the sake of its silo: after its current step, or within it when that takes too long, and then it is not saved again.</summary>
    /// <param name="patience">How long the step may take.</param>
    public async Task InterruptAsync(TimeSpan patience)
    {
        _interrupted = true;
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await Ended.WaitAsync(patience, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await _giveUp.CancelAsync().ConfigureAwait(false);
            await Ended.ConfigureAwait(false);
        }
    }

    public void Report(TrainingProgress value)
    {
        ClusterTelemetry.TrainingSteps.Add(1);
        Change(status => status with
        {
            Step = value.Step,
            Done = value.Done,
            Elapsed = value.Elapsed,
            EditLoss = value.EditLoss,
            LocalityLoss = value.LocalityLoss,
            Validation = TrainingScore.Of(value.Validation),
            Best = TrainingScore.Of(_keeper.Best),
        });
    }

    private static string Checkpoint(TrainingJob job) => job.Output + ".checkpoint";

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        try
        {
            await _trainer.RunAsync(this, _keeper.Keep, _stop.Token).ConfigureAwait(false);
            EditorFile.Save(_job.Output, _editor, _baseModel, Notes());
            File.Delete(Checkpoint(_job));
            Change(status => status with { State = TrainingState.Finished });
        }
        catch (OperationCanceledException) when (_giveUp.IsCancellationRequested)
        {
            // Half a step must not be saved; what was saved before is good.
            Change(status => status with { State = TrainingState.Interrupted });
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            End(_interrupted ? TrainingState.Interrupted : TrainingState.Stopped, () => _keeper.Save(_trainer));
        }
        catch (Exception error)
        {
            Change(status => status with { State = TrainingState.Failed, Fault = error.Message });
        }
        finally
        {
            _trainer.Dispose();
            _editor.Dispose();
        }
    }

    /// <summary>Ends the run after a last step that may fail itself.</summary>
    private void End(TrainingState state, Action last)
    {
        try
        {
            last();
            Change(status => status with { State = state });
        }
        catch (Exception error)
        {
            Change(status => status with { State = TrainingState.Failed, Fault = error.Message });
        }
    }

    private void Change(Func<TrainingStatus, TrainingStatus> change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _status = change(_status) with { Revision = _status.Revision + 1 };
            (changed, _changed) = (_changed, NewChange());
        }

        changed.SetResult();
    }

    private Dictionary<string, string> Notes() => new()
    {
        ["training_steps"] = _trainer.Step.ToString(CultureInfo.InvariantCulture),
        ["training_seconds"] = (_keeper.Last?.Elapsed ?? _trainer.ElapsedBefore).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture),
        ["training_seed"] = _job.Training.Seed.ToString(CultureInfo.InvariantCulture),
    };
}
