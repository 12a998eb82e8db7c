using System.Diagnostics.Metrics;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>The metrics of the shards that a silo holds: what they take on its device, which blocks they cover, and which version each has made ready.</summary>
internal sealed class ShardMetrics : IDisposable
{
    private const string KindTag = "mend.memory.kind";
    private const string ShardTag = "mend.shard";

    private readonly Meter _meter = new(ClusterTelemetry.Name);
    private readonly Func<IReadOnlyList<ShardHost>> _shards;
    private readonly IEngine _engine;

    /// <summary>Starts to be observed.</summary>
    /// <param name="shards">The shards that serve.</param>
    /// <param name="architecture">The whole model.</param>
    /// <param name="engine">Their engine.</param>
    public ShardMetrics(Func<IReadOnlyList<ShardHost>> shards, ModelArchitecture architecture, IEngine engine)
    {
        (_shards, _engine) = (shards, engine);
        _meter.CreateObservableUpDownCounter("mend.device.memory", Memory, "By", "What the shards of this silo take, by kind: weights, sessions (among the tensors), tensors.");
        _meter.CreateObservableGauge("mend.shard.version", () => PerShard(s => s.Version), "{version}", "Newest version that a shard of this silo has made ready.");
        _meter.CreateObservableGauge("mend.shard.blocks", () => PerShard(s => Blocks(architecture, s.Range)), "{block}", "Blocks that a serving shard of this silo covers.");
        _meter.CreateObservableGauge("mend.model.blocks", () => (long)Blocks(architecture, new StageRange(0, architecture.Stages.Count)), "{block}", "Blocks that the model has.");
    }

    public void Dispose() => _meter.Dispose();

    private static int Blocks(ModelArchitecture architecture, StageRange range) =>
        architecture.Stages.Take(range.End).Skip(range.Start).Count(s => s.Kind == StageKind.Block);

    private IEnumerable<Measurement<long>> PerShard(Func<ModelShard, long> value) =>
        _shards().Select(s => new Measurement<long>(value(s.Shard), new KeyValuePair<string, object?>(ShardTag, s.Index)));

    private IEnumerable<Measurement<long>> Memory()
    {
        IReadOnlyList<ShardHost> shards = _shards();
        yield return Of("weights", shards.Sum(s => s.Shard.ParameterBytes));
        yield return Of("sessions", shards.Sum(s => s.Shard.SessionBytes));
        if (_engine is IMeteredEngine metered)
        {
            yield return Of("tensors", metered.Memory.LiveBytes);
        }
    }

    private static Measurement<long> Of(string kind, long bytes) => new(bytes, new KeyValuePair<string, object?>(KindTag, kind));
}
