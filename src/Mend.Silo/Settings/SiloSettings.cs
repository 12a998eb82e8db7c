using Mend.Cluster;
using Mend.Ledger;

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

    /// <summary>The database that the silos meet in: one of its own, or the ledger's; null when they meet at the first silo.</summary>
    /// <exception cref="LedgerStoreException">Its address cannot be read.</exception>
    public MembershipDatabase? Database()
    {
        string? address = Cluster.Database ?? (PostgresLedgerAddress.IsAddress(Model.Ledger) ? Model.Ledger : null);
        return Cluster.Clustering == ClusteringKind.Postgresql && address is not null ? MembershipDatabase.Parse(address) : null;
    }

    /// <summary>What is wrong with the values, a line each.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. Model.Problems().Select(p => $"{nameof(Model)}:{p}"),
        .. Silo.Problems(Model.Shards).Select(p => $"{nameof(Silo)}:{p}"),
        .. Databases(),
        .. Ports(),
    ];

    private IEnumerable<string> Databases()
    {
        if (Wrong(Cluster.Database) is { } database)
        {
            yield return $"Cluster:Database cannot be read: {database}";
        }

        if (PostgresLedgerAddress.IsAddress(Model.Ledger) && Wrong(Model.Ledger) is { } ledger)
        {
            yield return $"Model:Ledger cannot be read: {ledger}";
        }
        else if (Cluster.Clustering == ClusteringKind.Postgresql && Cluster.Database is null && !PostgresLedgerAddress.IsAddress(Model.Ledger))
        {
            yield return "Cluster:Database is not set; with Cluster:Clustering=postgresql the address of a database is wanted, postgresql://user:password@host:port/database.";
        }
    }

    private static string? Wrong(string? address)
    {
        try
        {
            _ = address is null ? null : MembershipDatabase.Parse(address);
            return null;
        }
        catch (LedgerStoreException error)
        {
            return error.Message;
        }
    }

    private IEnumerable<string> Ports()
    {
        (string Key, int Port)[] ports = [("Cluster:SiloPort", Cluster.SiloPort), ("Cluster:GatewayPort", Cluster.GatewayPort), ("Health:Port", Health.Port)];
        return from port in ports.GroupBy(p => p.Port)
               where port.Count() > 1
               select $"{string.Join(" and ", port.Select(p => p.Key))} are both {port.Key}; different ports are wanted.";
    }
}
