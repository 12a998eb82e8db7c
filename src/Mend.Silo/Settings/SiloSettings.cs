using Mend.Cluster;

namespace Mend.Silo;

/// <summary>Everything that a silo can be told, section by section. <see cref="SettingsTable"/> lists and explains it.</summary>
internal sealed class SiloSettings
{
    /// <summary>The model that the cluster serves.</summary>
    public ClusteredModelOptions Model { get; } = new();

    /// <summary>What this silo offers to the model's shards.</summary>
    public SiloShardOptions Silo { get; } = new();

    /// <summary>How the silo finds the others.</summary>
    public ClusteringOptions Cluster { get; } = new();

    /// <summary>The HTTP endpoints.</summary>
    public HealthOptions Health { get; } = new();

    /// <summary>How the silo ends.</summary>
    public ShutdownOptions Shutdown { get; } = new();

    /// <summary>Where traces and metrics go.</summary>
    public TelemetryOptions Telemetry { get; } = new();

    /// <summary>What is wrong with the values, a line each.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. Model.Problems().Select(p => $"{nameof(Model)}:{p}"),
        .. Silo.Problems(Model.Shards).Select(p => $"{nameof(Silo)}:{p}"),
        .. Cluster.Problems().Select(p => $"{nameof(Cluster)}:{p}"),
        .. Ports(),
    ];

    private IEnumerable<string> Ports()
    {
        (string Key, int Port)[] ports = [("Cluster:SiloPort", Cluster.SiloPort), ("Cluster:GatewayPort", Cluster.GatewayPort), ("Health:Port", Health.Port)];
        return from port in ports.GroupBy(p => p.Port)
               where port.Count() > 1
               select $"{string.Join(" and ", port.Select(p => p.Key))} are both {port.Key}; different ports are wanted.";
    }
}
