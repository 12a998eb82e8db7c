using Orleans.Hosting;

namespace Mend.Cluster;

/// <summary>Prepares a client for <see cref="ClusterModel"/>.</summary>
public static class ClientBuilderExtensions
{
    /// <summary>Lets exceptions of the project arrive as what they are, and calls end whose silo was lost.</summary>
    /// <param name="builder">The client.</param>
    public static IClientBuilder AddMendCluster(this IClientBuilder builder)
    {
        builder.Services.CarryMendExceptions();
        builder.AddOutgoingGrainCallFilter<CallWatch>();
        return builder;
    }
}
