using System.Diagnostics.Metrics;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>The metric of what a silo's shards take on its device: weights, keys and values of generations, and all tensors where the engine counts them.</summary>
internal sealed class DeviceMemory : IDisposable
{
    private const string KindTag = "mend.memory.kind";

    private readonly Meter _meter = new(ClusterTelemetry.Name);
    private readonly Func<IEnumerable<ModelShard>> _shards;
    private readonly IEngine _engine;

    /// <summary>Starts to be observed.</summary>
    /// <param name="shards">The shards that serve.</param>
    /// <param name="engine">Their engine.</param>
    public DeviceMemory(Func<IEnumerable<ModelShard>> shards, IEngine engine)
    {
        (_shards, _engine) = (shards, engine);
        _meter.CreateObservableUpDownCounter("mend.device.memory", Observe, "By", "What the shards of this silo take, by kind: weights, sessions (among the tensors), tensors.");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Observe()
    {
        List<ModelShard> shards = [.. _shards()];
        yield return Of("weights", shards.Sum(s => s.ParameterBytes));
        yield return Of("sessions", shards.Sum(s => s.SessionBytes));
        if (_engine is IMeteredEngine metered)
        {
            yield return Of("tensors", metered.Memory.LiveBytes);
        }
    }

    private static Measurement<long> Of(string kind, long bytes) => new(bytes, new KeyValuePair<string, object?>(KindTag, kind));
}
