using Mend.Editing;

namespace Mend.Cluster;

public sealed partial class ClusterModel
{
    /// <summary>How long the trainer is called again at least: a silo that restarts loads its shard first, and a training is worth waiting for.</summary>
    private static readonly TimeSpan TrainerRetryFor = TimeSpan.FromMinutes(10);

    private ITrainerGrain Trainer => _grains.GetGrain<ITrainerGrain>(_name);

    /// <inheritdoc/>
    public async Task<TrainingStatus> TrainAsync(TrainingJob job, IProgress<TrainingStatus>? progress = null, CancellationToken cancellationToken = default)
    {
        string run = Guid.NewGuid().ToString("n");
        WireTraining training = WireTraining.Of(run, job);
        TrainerPlacement.Hint = _runner.Plan.ShardOf(GradientPass.FirstStage(Architecture, TrainingRun.Layers(job, Architecture)));
        try
        {
            await TrainerAsync(() => Trainer.StartAsync(training, cancellationToken), cancellationToken).ConfigureAwait(false);
            for (long known = 0; ;)
            {
                TrainingStatus status = await TrainerAsync(() => Trainer.ProgressAsync(run, known, cancellationToken), cancellationToken).ConfigureAwait(false);
                if (status.Run != run || status.State == TrainingState.Interrupted)
                {
                    // The silo that trained is gone, or goes; another goes on from the checkpoint, where it can reach that.
                    await TrainerAsync(() => Trainer.StartAsync(training, cancellationToken), cancellationToken).ConfigureAwait(false);
                    known = 0;
                    continue;
                }

                if (status.Revision > known)
                {
                    progress?.Report(status);
                    known = status.Revision;
                }

                if (status.State is TrainingState.Finished or TrainingState.Stopped)
                {
                    return status;
                }

                if (status.State == TrainingState.Failed)
                {
                    throw new TrainingException($"The training failed after step {status.Step} of {status.Steps}: {status.Fault} The same job, sent again, goes on from what was saved.");
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await StopTrainingAsync(run, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<TrainingStatus> TrainingStatusAsync(CancellationToken cancellationToken = default) =>
        TrainerAsync(() => Trainer.StatusAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<TrainingStatus> StopTrainingAsync(string run, CancellationToken cancellationToken = default) =>
        TrainerAsync(() => Trainer.StopAsync(run, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<string> UseEditorAsync(string file, CancellationToken cancellationToken = default) =>
        CallAsync(() => _coordinator.UseEditorAsync(file, cancellationToken), cancellationToken);

    private Task<T> TrainerAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) =>
        _trainerRetry.RunAsync(() => Faults.GuardAsync("The model's trainer", call, cancellationToken), cancellationToken);
}
