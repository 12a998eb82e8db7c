using Mend.Ledger;
using Microsoft.Extensions.Logging;

namespace Mend.Cluster;

/// <summary>The grain that trains a model's editors. Its run goes on beside it, and ends when it goes.</summary>
[TrainerPlacement]
[Reentrant]
internal sealed partial class TrainerGrain(SiloTrainer trainer, ShardMap map, ILocalSiloDetails local, ILogger<TrainerGrain> log) : Grain, ITrainerGrain
{
    /// <summary>How long a caller waits for something new before it asks again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly SemaphoreSlim _gate = new(1);

    public async Task<string> StartAsync(WireTraining training, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            TrainingStatus last = trainer.Run?.Status ?? new TrainingStatus();
            if (last.Run == training.Run && last.State != TrainingState.Interrupted)
            {
                return training.Run;
            }

            if (last.State == TrainingState.Running)
            {
                throw new TrainingException(
                    $"Run {last.Run} is training already (step {last.Step} of {last.Steps}, to '{last.Output}'); one at a time can. Wait for it, or stop it.");
            }

            MoveToItsLayers();
            TrainingRun run = await Task.Run(() => trainer.Start(training), cancellationToken);
            DelayDeactivation(Timeout.InfiniteTimeSpan);
            LogStarted(training.Run, training.Output, run.Status.Step);
            _ = WatchAsync(run);
            return training.Run;
        }
        finally
        {
            _gate.Release();
        }
    }

    public Task<TrainingStatus> StatusAsync(CancellationToken cancellationToken) => Task.FromResult(trainer.Run?.Status ?? new TrainingStatus());

    public Task<TrainingStatus> ProgressAsync(string run, long after, CancellationToken cancellationToken) =>
        trainer.Run is { } now && now.Status.Run == run ? now.NextAsync(after, Patience, cancellationToken) : StatusAsync(cancellationToken);

    public async Task<TrainingStatus> StopAsync(string run, CancellationToken cancellationToken)
    {
        if (trainer.Run is { } now && now.Status.Run == run)
        {
            await now.StopAsync().WaitAsync(cancellationToken);
        }

        return await StatusAsync(cancellationToken);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        trainer.InterruptAsync().WaitAsync(cancellationToken);

    /// <summary>A grain that was placed for other layers moves to the silo of those that its caller names.</summary>
    private void MoveToItsLayers()
    {
        if (TrainerPlacement.Hint is { } shard && map.SiloOf(shard) is { } silo && !silo.Equals(local.SiloAddress))
        {
            MigrateOnIdle();
            throw new RetryableException($"The trainer is moving to {silo}, where shard {shard} is; send the request again.");
        }
    }

    private async Task WatchAsync(TrainingRun run)
    {
        await run.Ended;
        TrainingStatus ended = run.Status;
        LogEnded(ended.Run!, ended.State, ended.Step, ended.Steps, ended.Fault);
        DelayDeactivation(TimeSpan.Zero);
    }

    [LoggerMessage(LogLevel.Information, "Training run {Run} to {Output} starts at step {Step}.")]
    private partial void LogStarted(string run, string output, int step);

    [LoggerMessage(LogLevel.Information, "Training run {Run} is {State} after {Step} of {Steps} steps. {Fault}")]
    private partial void LogEnded(string run, TrainingState state, int step, int steps, string? fault);
}
