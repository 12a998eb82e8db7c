using Mend.Ledger;
using Mend.Sharding;
using Microsoft.Extensions.Logging;

namespace Mend.Cluster;

/// <summary>The grain that trains a model's editors. Its run goes on beside it, and is stopped and saved when it goes.</summary>
[TrainerPlacement]
[Reentrant]
internal sealed partial class TrainerGrain(
    SiloModel model, ShardMap map, IGrainFactory grains, ILocalSiloDetails local, ILogger<TrainerGrain> log) : Grain, ITrainerGrain
{
    /// <summary>How long a pass is sent again: a silo that restarts loads its shard first.</summary>
    private static readonly TimeSpan RetryFor = TimeSpan.FromMinutes(10);

    /// <summary>How long a caller waits for something new before it asks again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _gate = new(1);
    private TrainingRun? _run;

    public async Task<string> StartAsync(WireTraining training, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_run is { Status: { Run: { } id } status } && (id == training.Run || status.State == TrainingState.Running))
            {
                return id == training.Run ? id : throw new TrainingException(
                    $"Run {id} is training already (step {status.Step} of {status.Steps}, to '{status.Output}'); one at a time can. Wait for it, or stop it.");
            }

            MoveToItsLayers();
            ShardRunner chain = new(model.Folder.Architecture, model.Plan, model.Shards(grains, this.GetPrimaryKeyString(), local.SiloAddress), model.Engine);
            RetryingRunner runner = new(chain, new Retry(RetryFor, model.Time));
            _run = await Task.Run(() => TrainingRun.Start(training.Run, training.ToJob(), model, runner), cancellationToken);
            DelayDeactivation(Timeout.InfiniteTimeSpan);
            LogStarted(training.Run, training.Output, _run.Status.Step);
            _ = WatchAsync(_run);
            return training.Run;
        }
        finally
        {
            _gate.Release();
        }
    }

    public Task<TrainingStatus> StatusAsync(CancellationToken cancellationToken) => Task.FromResult(_run?.Status ?? new TrainingStatus());

    public Task<TrainingStatus> ProgressAsync(string run, long after, CancellationToken cancellationToken) =>
        _run is { } now && now.Status.Run == run ? now.NextAsync(after, Patience, cancellationToken) : StatusAsync(cancellationToken);

    public async Task<TrainingStatus> StopAsync(string run, CancellationToken cancellationToken)
    {
        if (_run is { } now && now.Status.Run == run)
        {
            await now.StopAsync().WaitAsync(cancellationToken);
        }

        return await StatusAsync(cancellationToken);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_run is { } run)
        {
            await run.StopAsync().WaitAsync(cancellationToken);
        }
    }

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
