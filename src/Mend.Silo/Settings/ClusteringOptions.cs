using System.Net;
using Mend.Cluster;
using Mend.Sharding;

namespace Mend.Silo;

/// <summary>How the silos of a cluster find each other.</summary>
internal enum ClusteringKind
{
    /// <summary>Through the first silo, without any server. For one machine: when that silo ends, the cluster does.</summary>
    Development,

    /// <summary>Through tables in PostgreSQL, which the silos make.</summary>
    Postgresql,
}

/// <summary>How a silo finds the others, and is found.</summary>
internal sealed class ClusteringOptions
{
    /// <summary>Where the silos meet.</summary>
    public ClusteringKind Clustering { get; set; }

    /// <summary>The PostgreSQL database that the silos meet in; null for the ledger's.</summary>
    public string? Database { get; set; }

    /// <summary>With <see cref="ClusteringKind.Development"/>, the silo that the others meet at.</summary>
    public IPEndPoint Primary { get; set; } = new(IPAddress.Loopback, 11111);

    /// <summary>Silos with the same id form a cluster.</summary>
    public string ClusterId { get; set; } = RemoteModel.DefaultClusterId;

    /// <summary>The silo's name: stays when it restarts, and is no other silo's.</summary>
    public string SiloName { get; set; } = Dns.GetHostName();

    /// <summary>Port for other silos.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>Port for clients.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>The address that others reach this silo at; null for this machine's own, or the loopback with <see cref="ClusteringKind.Development"/>.</summary>
    public IPAddress? Address { get; set; }
}
