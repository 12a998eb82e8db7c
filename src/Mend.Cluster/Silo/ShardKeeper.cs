using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mend.Cluster;

/// <summary>
/// Brings the silo's shards up when it starts, and again whenever silos come or go: activates those that belong here and gives back those that do not.
/// </summary>
internal sealed partial class ShardKeeper(
    SiloShards shards, ShardMap map, SiloModel model, IGrainFactory grains, IClusterMembershipService membership, ILogger<ShardKeeper> log) : BackgroundService
{
    /// <summary>A new silo's metadata arrives a little after it, and a shard can fail to load; so the silo looks again from time to time.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using PeriodicTimer timer = new(Again, model.Time);
        HashSet<int> starting = [];
        do
        {
            if (membership.CurrentSnapshot.Members.Count == 0)
            {
                continue;
            }

            await shards.ReleaseOthersAsync();
            foreach (int shard in map.Mine().Except(starting).Except(shards.States().Where(s => s.Serves).Select(s => s.Shard)).ToList())
            {
                starting.Add(shard);
                _ = StartAsync(shard, stoppingToken).ContinueWith(_ => { lock (starting) { starting.Remove(shard); } }, TaskScheduler.Default);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task StartAsync(int shard, CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<IShardGrain>(GrainKeys.Shard(model.Options.Name, shard)).LoadAsync(cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(shard, error.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Shard {Shard} could not be started and will be tried again: {Fault}")]
    private partial void LogFailed(int shard, string fault);
}
