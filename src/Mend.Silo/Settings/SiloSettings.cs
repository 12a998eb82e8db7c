using System.ComponentModel.DataAnnotations;
using System.Net;
using Mend.Cluster;
using Mend.Ledger;

namespace Mend.Silo;

/// <summary>Everything that a silo can be told, section by section, in the order in which it is read and shown.</summary>
internal sealed class SiloSettings : IValidatableObject
{
    /// <summary>The model that the cluster serves.</summary>
    public ClusteredModelOptions Model { get; } = new();

    /// <summary>How the silo finds the others.</summary>
    public ClusteringOptions Cluster { get; } = new();

    /// <summary>What this silo offers to the model's shards.</summary>
    public SiloShardOptions Silo { get; } = new();

    /// <summary>The HTTP endpoints.</summary>
    public HealthOptions Health { get; } = new();

    /// <summary>Certificates.</summary>
    public TlsOptions Tls { get; } = new();

    /// <summary>How the silo ends.</summary>
    public ShutdownOptions Shutdown { get; } = new();

    /// <summary>Where traces and metrics go.</summary>
    public TelemetryOptions Telemetry { get; } = new();

    /// <summary>Where the HTTP endpoints are; null for all addresses.</summary>
    public IPAddress? HealthAddress() => Health.Address ?? (Cluster.Clustering == ClusteringKind.Development ? IPAddress.Loopback : null);

    /// <summary>The address that others reach the silo at, as far as settings say; any where the machine's own is taken.</summary>
    public IPAddress ListensAt() => Cluster.Address ?? (Cluster.Clustering == ClusteringKind.Development ? IPAddress.Loopback : IPAddress.Any);

    /// <summary>The database that the silos meet in: one of its own, or the ledger's; null when they meet at the first silo.</summary>
    /// <exception cref="LedgerStoreException">Its address cannot be read.</exception>
    public MembershipDatabase? Database()
    {
        string? address = Cluster.Database ?? (PostgresLedgerAddress.IsAddress(Model.Ledger) ? Model.Ledger : null);
        return Cluster.Clustering == ClusteringKind.Postgresql && address is not null ? MembershipDatabase.Parse(address) : null;
    }

    /// <summary>What is wrong with values that are right by themselves, or can not be told from one alone.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Silo.RolesProblem(Model.Shards) is { } roles)
        {
            yield return new($"Silo:{roles}.", ["Silo:Roles", "Model:Shards"]);
        }

        bool inDatabase = PostgresLedgerAddress.IsAddress(Model.Ledger);
        if (inDatabase && Wrong(Model.Ledger) is { } ledger)
        {
            yield return new($"Model:Ledger cannot be read: {ledger}", ["Model:Ledger"]);
        }

        if (Cluster.Database is not null && Wrong(Cluster.Database) is { } database)
        {
            yield return new($"Cluster:Database cannot be read: {database}", ["Cluster:Database"]);
        }
        else if (Cluster.Clustering == ClusteringKind.Postgresql && Cluster.Database is null && !inDatabase)
        {
            yield return new(
                "Cluster:Database is not set; with Cluster:Clustering=postgresql the address of a database is wanted, postgresql://user:password@host:port/database.",
                ["Cluster:Database"]);
        }

        string[] files = [.. new[] { Tls.Certificate, Tls.Key, Tls.Authority }.OfType<string>()];
        if (files.FirstOrDefault(f => !File.Exists(f)) is { } missing)
        {
            yield return new($"Tls:Certificate, Tls:Key or Tls:Authority is '{missing}'; an existing PEM file is wanted.", ["Tls:Certificate"]);
        }
        else if (files.Length > 0 && (Tls.Certificate is null || Tls.Authority is null))
        {
            yield return new("Tls:Certificate and Tls:Authority are wanted together.", ["Tls:Certificate", "Tls:Authority"]);
        }
        else if (files.Length == 0 && !Tls.PlainText && !IPAddress.IsLoopback(ListensAt()))
        {
            yield return new(
                "Tls:Certificate is not set, and the silo would listen beyond this machine, where whoever reaches it can edit the model; set Tls:Certificate and Tls:Authority, "
                + "or Cluster:Address=127.0.0.1, or Tls:PlainText=true where the network keeps strangers out.",
                ["Tls:Certificate"]);
        }

        (string Key, int Port)[] ports = [("Cluster:SiloPort", Cluster.SiloPort), ("Cluster:GatewayPort", Cluster.GatewayPort), ("Health:Port", Health.Port)];
        foreach (string[] same in ports.GroupBy(p => p.Port, p => p.Key).Select(keys => keys.ToArray()).Where(keys => keys.Length > 1))
        {
            yield return new($"{string.Join(" and ", same)} are the same port; different ones are wanted.", same);
        }
    }

    private static string? Wrong(string address)
    {
        try
        {
            MembershipDatabase.Parse(address);
            return null;
        }
        catch (LedgerStoreException error)
        {
            return error.Message;
        }
    }
}
