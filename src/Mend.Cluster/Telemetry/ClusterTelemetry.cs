using System.Diagnostics.Metrics;

namespace Mend.Cluster;

/// <summary>The assembly's metrics, under the name "Mend.Cluster". Its spans are those of Mend.Sharding and of Orleans.</summary>
public static class ClusterTelemetry
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Mend.Cluster";

    private const string DirectionTag = "network.io.direction";

    private static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Retries =
        Meter.CreateCounter<long>("mend.cluster.client.retries", "{call}", "Calls that were sent again.");

    internal static readonly Counter<long> Cancelled =
        Meter.CreateCounter<long>("mend.cluster.shard.cancellations", "{call}", "Calls to shards of this process that were stopped because nobody waits for them any more.");

    private static readonly Counter<long> Wire =
        Meter.CreateCounter<long>("mend.cluster.wire", "By", "Bytes of activations and gradients between shards.");

    internal static WirePass Sent(WirePass pass)
    {
        Count(pass.ActivationBytes, "transmit");
        return pass;
    }

    internal static WireReply Sent(WireReply reply)
    {
        Count(reply.GradientBytes, "transmit");
        return reply;
    }

    internal static void Received(WirePass pass) => Count(pass.ActivationBytes, "receive");

    internal static void Received(WireReply reply) => Count(reply.GradientBytes, "receive");

    private static void Count(long bytes, string direction)
    {
        if (bytes > 0)
        {
            Wire.Add(bytes, new KeyValuePair<string, object?>(DirectionTag, direction));
        }
    }
}
