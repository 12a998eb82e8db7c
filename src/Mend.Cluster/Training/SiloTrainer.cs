using Mend.Editing;
using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>The training run of this silo, if there is one. Ends it before what it computes with is given back. Safe to use from several threads.</summary>
internal sealed class SiloTrainer(SiloModel model, IGrainFactory grains, ILocalSiloDetails local) : IAsyncDisposable
{
    /// <summary>How long a pass is sent again: a silo that restarts loads its shard first.</summary>
    private static readonly TimeSpan RetryFor = TimeSpan.FromMinutes(10);

    /// <summary>How long a run may take to come to the end of its step when the silo wants to be rid of it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private volatile TrainingRun? _run;

    /// <summary>The last run, or null.</summary>
    public TrainingRun? Run => _run;

    /// <summary>Starts a run. One call at a time, and none while a run goes on.</summary>
    public TrainingRun Start(WireTraining training)
    {
        ShardRunner chain = new(model.Folder.Architecture, model.Plan, model.Shards(grains, model.Options.Name, local.SiloAddress), model.Engine);
        Retry retry = new(RetryFor, model.Time);
        return _run = TrainingRun.Start(training.Run, training.ToJob(), model, giveUp => new RetryingRunner(chain, retry, giveUp));
    }

    /// <summary>Ends the run, so that another silo can go on with it.</summary>
    public Task InterruptAsync() => _run?.InterruptAsync(Patience) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync() => await InterruptAsync().ConfigureAwait(false);
}
