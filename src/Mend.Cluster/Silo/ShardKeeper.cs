using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mend.Cluster;

/// <summary>
/// Brings the silo's shards up when it starts, and again whenever silos come or go: activates those that belong here and gives back those that do not.
/// </summary>
internal sealed partial class ShardKeeper(
    SiloShards shards, ShardMap map, SiloModel model, IGrainFactory grains, IClusterMembershipService membership, ILocalSiloDetails local, ILogger<ShardKeeper> log) : BackgroundService
{
    /// <summary>A new silo's metadata arrives a little after it, and a shard can fail to load; so the silo looks again from time to time.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<int, bool> _starting = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using PeriodicTimer timer = new(Again, model.Time);
        do
        {
            try
            {
                Look(stoppingToken);
            }
            catch (Exception error)
            {
                LogConfused(error);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Look(CancellationToken stoppingToken)
    {
        ClusterMembershipSnapshot members = membership.CurrentSnapshot;
        if (members.Members.Count == 0)
        {
            return;
        }

        shards.CancelCallers(silo => members.GetSiloStatus(silo) == SiloStatus.Dead);
        map.AskAgain();
        shards.ReleaseOthers();
        foreach (ShardState shard in shards.States().Where(s => !s.Serves && _starting.TryAdd(s.Shard, true)))
        {
            _ = StartAsync(shard.Shard, stoppingToken);
        }
    }

    private async Task StartAsync(int shard, CancellationToken cancellationToken)
    {
        try
        {
            await model.Shard(grains, shard, local.SiloAddress).LoadAsync(cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The silo stops.
        }
        catch (Exception error)
        {
            LogFailed(shard, error.Message);
        }
        finally
        {
            _starting.TryRemove(shard, out _);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Shard {Shard} could not be started and will be tried again: {Fault}")]
    private partial void LogFailed(int shard, string fault);

    [LoggerMessage(LogLevel.Error, "The silo could not look after its shards and will try again.")]
    private partial void LogConfused(Exception error);
}
