using Orleans.Configuration;
using Orleans.Hosting;

namespace Mend.Cluster;

/// <summary>Lets silos and clients meet in a <see cref="MembershipDatabase"/>.</summary>
public static class MembershipHostingExtensions
{
    /// <summary>How often clients look which silos there are: when all are replaced, that is how long they know of none.</summary>
    private static readonly TimeSpan GatewaysEvery = TimeSpan.FromSeconds(5);

    /// <summary>Joins the cluster whose silos are listed in a database.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="database">The database; <see cref="MembershipDatabase.EnsureAsync"/> must have been called by the time the silo starts.</param>
    public static ISiloBuilder UseMembershipDatabase(this ISiloBuilder builder, MembershipDatabase database) => builder.UseAdoNetClustering(options =>
    {
        options.Invariant = MembershipDatabase.Invariant;
        options.ConnectionString = database.ConnectionString;
    });

    /// <summary>Reaches the cluster whose silos are listed in a database.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="database">The database.</param>
    public static IClientBuilder UseMembershipDatabase(this IClientBuilder builder, MembershipDatabase database) => builder.UseAdoNetClustering(options =>
    {
        options.Invariant = MembershipDatabase.Invariant;
        options.ConnectionString = database.ConnectionString;
    }).Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = GatewaysEvery);

    /// <summary>How soon silos notice that one is gone: after about ten seconds, and at once when it comes back at the same address.</summary>
    /// <param name="builder">The silo.</param>
    public static ISiloBuilder UseMembershipTimings(this ISiloBuilder builder) => builder.Configure<ClusterMembershipOptions>(options =>
    {
        // Three probes missed, one every 3 s. A busy machine answers late: the time limit of a probe grows by itself there.
        options.ProbeTimeout = TimeSpan.FromSeconds(3);
        options.NumMissedProbesLimit = 3;

        // A silo that all others went down with is passed over by who comes back first, after three of these.
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        options.NumMissedTableIAmAliveLimit = 3;
        options.TableRefreshTimeout = TimeSpan.FromSeconds(10);

        // Every restart leaves a row.
        options.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(10);
        options.DefunctSiloExpiration = TimeSpan.FromDays(1);
    });
}
