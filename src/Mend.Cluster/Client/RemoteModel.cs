namespace Mend.Cluster;

/// <summary>Which model of which cluster.</summary>
/// <param name="Address">Gateways as host:port with commas between them, or the PostgreSQL database that the silos meet in.</param>
/// <param name="ClusterId">The cluster's id.</param>
/// <param name="Model">The model's name in the cluster.</param>
/// <param name="Certificates">Who asks; null for a cluster without TLS.</param>
public sealed record RemoteModel(string Address, string ClusterId = RemoteModel.DefaultClusterId, string Model = RemoteModel.DefaultName, ClusterCertificates? Certificates = null)
{
    /// <summary>The id of a cluster that was given no other.</summary>
    public const string DefaultClusterId = "mend";

    /// <summary>The name of a model that was given no other.</summary>
    public const string DefaultName = "default";
}
