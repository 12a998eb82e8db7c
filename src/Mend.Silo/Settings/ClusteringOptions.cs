using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
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
    [Description("Where silos meet: development (at the first silo, no server, one machine) or postgresql.")]
    public ClusteringKind Clustering { get; set; }

    [Description("With development: the first silo, which the others meet at.")]
    public IPEndPoint Primary { get; set; } = new(IPAddress.Loopback, 11111);

    [Description("With postgresql: the database, postgresql://user:password@host:port/database; the silo makes the tables. Unset: that of Model:Ledger.")]
    public string? Database { get; set; }

    [Description("Silos with the same id form a cluster.")]
    [Required(ErrorMessage = "some text is wanted")]
    public string ClusterId { get; set; } = RemoteModel.DefaultClusterId;

    [Description("The silo's name, which stays when it restarts and is no other silo's.")]
    [Required(ErrorMessage = "some text is wanted")]
    public string SiloName { get; set; } = Dns.GetHostName();

    [Description("Port for other silos.")]
    [Port]
    public int SiloPort { get; set; } = 11111;

    [Description("Port for clients: what `mend --cluster` is given.")]
    [Port]
    public int GatewayPort { get; set; } = 30000;

    [Description("IP address that others reach this silo at. Unset: this machine's, with development the loopback.")]
    public IPAddress? Address { get; set; }
}
