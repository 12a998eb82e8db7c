using Orleans.Configuration;
using Orleans.Hosting;

namespace Mend.Cluster;

/// <summary>Prepares a client for <see cref="ClusterModel"/>.</summary>
public static class ClientBuilderExtensions
{
    /// <summary>Lets exceptions arrive as what they are, and calls end whose silo was lost or that nobody waits for.</summary>
    /// <param name="builder">The client.</param>
    public static IClientBuilder AddMendCluster(this IClientBuilder builder)
    {
        builder.Services.CarryExceptions();
        builder.Configure<ClientMessagingOptions>(SiloBuilderExtensions.CancelForgotten);
        builder.Configure<ClientMessagingOptions>(options => options.MaxMessageBodySize = ClusteredModelOptions.LargestMessage);
        builder.AddOutgoingGrainCallFilter<CallWatch>();
        return builder;
    }
}
