namespace Mend.Sharding;

/// <summary>Reaches models that live in other processes. Brought by an assembly that names it with <see cref="ModelConnectorAttribute"/>.</summary>
public interface IModelConnector
{
    /// <summary>Connects to a model.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The model; disposing it ends the connection.</returns>
    /// <exception cref="FormatException">The address cannot be read; the message says what is wanted.</exception>
    /// <exception cref="Mend.Ledger.RetryableException">Nothing answers there now.</exception>
    Task<IEditableModel> ConnectAsync(RemoteModel address, CancellationToken cancellationToken);
}

/// <summary>Which model of which cluster.</summary>
/// <param name="Address">Gateways as host:port with commas between them, or the PostgreSQL database that the silos meet in.</param>
/// <param name="ClusterId">The cluster's id.</param>
/// <param name="Model">The model's name in the cluster.</param>
public sealed record RemoteModel(string Address, string ClusterId = RemoteModel.DefaultClusterId, string Model = RemoteModel.DefaultName)
{
    /// <summary>The id of a cluster that was given no other.</summary>
    public const string DefaultClusterId = "mend";

    /// <summary>The name of a model that was given no other.</summary>
    public const string DefaultName = "default";
}
