using System.Text.Json.Serialization;
using Mend.Cluster;
using Microsoft.Extensions.Hosting;

namespace Mend.Silo;

/// <summary>Whether the silo serves, and what it waits for if not. Safe to use from several threads.</summary>
internal sealed class Readiness(SiloSettings settings, SiloShards shards, IHostApplicationLifetime lifetime)
{
    private volatile string _waiting = settings.Cluster.Clustering == ClusteringKind.Development
        ? $"Joins the cluster at its first silo, {settings.Cluster.Primary} (Cluster:Primary)."
        : "Joins the cluster.";

    /// <summary>What the silo waits for before it is part of the cluster.</summary>
    public string Waiting
    {
        set => _waiting = value;
    }

    /// <summary>How it is now.</summary>
    public ReadinessReport Now()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return Report(false, "Stops: what is running ends, and the shards go to other silos.", []);
        }

        if (!lifetime.ApplicationStarted.IsCancellationRequested)
        {
            return Report(false, _waiting, []);
        }

        if (!shards.IsModelKnown)
        {
            return Report(false, "Reads the model's files, to know that the other silos have the same.", []);
        }

        IReadOnlyList<ShardState> states = shards.States();
        List<ShardState> loading = [.. states.Where(s => !s.Serves)];
        return (states, loading) switch
        {
            ({ Count: 0 }, _) => Report(false, Idle(), states),
            (_, { Count: 0 }) => Report(true, $"Serves shard {Names(states)} of {settings.Model.Shards}.", states),
            _ => Report(false, string.Join(' ', loading.Select(Describe)), states) with { Faults = string.Join(' ', loading.Select(s => s.Fault).OfType<string>()) },
        };
    }

    private ReadinessReport Report(bool ready, string what, IReadOnlyList<ShardState> states) => new(ready, settings.Cluster.SiloName, what, [.. states.Select(s => s with { Fault = null })]);

    private string Idle() => shards.WhoDiffers() is { Length: > 0 } others
        ? $"Stands by: this silo has no shard.{others}"
        : settings.Silo.Roles is { } roles
        ? $"Stands by: another silo holds shard {string.Join(", ", roles)}."
        : "Stands by: every shard has another silo, or none that is left has the memory it takes (Silo:DeviceMemory).";

    private static string Names(IEnumerable<ShardState> states) => string.Join(", ", states.Select(s => s.Shard));

    private static string Describe(ShardState shard) => shard.Fault is not null
        ? $"Shard {shard.Shard} could not be loaded and is tried again; the silo's log says why."
        : $"Loads shard {shard.Shard}: {shard.StagesLoaded} of {shard.Stages} stages.";
}

/// <summary>Whether a silo serves.</summary>
/// <param name="Ready">Whether it does.</param>
/// <param name="Silo">Its name.</param>
/// <param name="What">What it does or waits for, a sentence.</param>
/// <param name="Shards">Its shards.</param>
internal sealed record ReadinessReport(bool Ready, string Silo, string What, IReadOnlyList<ShardState> Shards)
{
    /// <summary>Why shards could not be loaded, for the log: it may name files, which strangers are not told.</summary>
    [JsonIgnore]
    public string Faults { get; init; } = "";
}
