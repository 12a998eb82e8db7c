using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.Extensions.Logging;

namespace Mend.Cluster;

/// <summary>The shards that this silo holds, whatever becomes of their grains: loaded when asked for, given back when they belong elsewhere. Safe to use from several threads.</summary>
public sealed partial class SiloShards : IAsyncDisposable
{
    private readonly SiloModel _model;
    private readonly ShardMap _map;
    private readonly IGrainFactory _grains;
    private readonly ILogger<SiloShards> _log;
    private readonly Dictionary<int, HeldShard> _held = [];
    private readonly Lock _lock = new();

    internal SiloShards(SiloModel model, ShardMap map, IGrainFactory grains, ILogger<SiloShards> log) => (_model, _map, _grains, _log) = (model, map, grains, log);

    /// <summary>How far the silo is with each shard that belongs to it now; empty when none does.</summary>
    public IReadOnlyList<ShardState> States()
    {
        IReadOnlyList<int> mine = _map.Mine();
        lock (_lock)
        {
            return [.. mine.Select(i => _held.TryGetValue(i, out HeldShard? held) ? held.State : new ShardState(i, 0, _model.Plan.Shards[i].End - _model.Plan.Shards[i].Start, false, null))];
        }
    }

    internal WireFormat Format => _model.Format;

    internal IEditor? Editor => _model.Editor;

    internal bool IsMine(int shard) => _map.Mine().Contains(shard);

    /// <summary>A shard that serves.</summary>
    /// <exception cref="RetryableException">It is still loading.</exception>
    internal ShardHost Get(int shard)
    {
        lock (_lock)
        {
            return _held.TryGetValue(shard, out HeldShard? held) && held.Host is { } host ? host : throw new RetryableException(
                $"Shard {shard} is loading ({held?.State.StagesLoaded ?? 0} of {_model.Plan.Shards[shard].End - _model.Plan.Shards[shard].Start} stages); send the request again in a moment.");
        }
    }

    /// <summary>Says that a pass is running on a shard, so that it is not given back under it.</summary>
    internal IDisposable Enter(int shard)
    {
        lock (_lock)
        {
            return _held.TryGetValue(shard, out HeldShard? held) ? held.Enter() : throw new RetryableException($"Shard {shard} is moving to another silo; send the request again.");
        }
    }

    /// <summary>Loads a shard, unless it is loaded or being loaded, and waits until it serves.</summary>
    internal Task LoadAsync(int shard, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_held.TryGetValue(shard, out HeldShard? held) || held.Loading.IsFaulted)
            {
                _held[shard] = held = new HeldShard(shard, _model.Plan.Shards[shard]);
                held.Start(progress => LoadAsync(shard, progress));
            }

            return held.Loading.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Gives back what belongs to other silos now.</summary>
    internal async Task ReleaseOthersAsync()
    {
        IReadOnlyList<int> mine = _map.Mine();
        List<HeldShard> gone;
        lock (_lock)
        {
            gone = [.. _held.Values.Where(h => !mine.Contains(h.Shard))];
            gone.ForEach(h => _held.Remove(h.Shard));
        }

        foreach (HeldShard held in gone)
        {
            LogReleased(held.Shard);
            await held.CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Waits for the passes that are running and gives everything back.</summary>
    public async ValueTask DisposeAsync()
    {
        List<HeldShard> all;
        lock (_lock)
        {
            all = [.. _held.Values];
            _held.Clear();
        }

        foreach (HeldShard held in all)
        {
            await held.CloseAsync().ConfigureAwait(false);
        }
    }

    private async Task<ShardHost> LoadAsync(int shard, IProgress<int> progress)
    {
        long started = _model.Time.GetTimestamp();
        LogLoading(shard, _model.ShardBytes[shard]);
        EditLedger ledger = await _model.LedgerAsync(CancellationToken.None).ConfigureAwait(false);
        ShardOptions options = new();
        ModelShard loaded = await Task.Run(() => ModelShard.Load(
            _model.Folder.Architecture, _model.Plan.Shards[shard], _model.Folder.Checkpoint, _model.Engine, _model.Queue, new LedgerFactors(ledger), progress, options, _model.Time)).ConfigureAwait(false);
        try
        {
            ILayerEditor? editor = _model.Editor is { } local ? new GrainEditor(_grains, _model, local, shard) : null;
            IShard? next = shard + 1 < _model.Plan.Shards.Count
                ? new GrainShard(_grains.GetGrain<IShardGrain>(GrainKeys.Shard(_model.Options.Name, shard + 1)), _model.Engine, _model.Format)
                : null;
            await loaded.ApplyAsync((await ledger.HeadAsync().ConfigureAwait(false)).Number, CancellationToken.None).ConfigureAwait(false);
            ShardHost host = new(shard, loaded, next, editor, ledger, options, _model.Time);
            LogServes(shard, _model.Time.GetElapsedTime(started).TotalSeconds);
            return host;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Information, "Loading shard {Shard}, {Bytes} bytes of weights.")]
    private partial void LogLoading(int shard, long bytes);

    [LoggerMessage(LogLevel.Information, "Shard {Shard} serves after {Seconds:0.0} s.")]
    private partial void LogServes(int shard, double seconds);

    [LoggerMessage(LogLevel.Information, "Shard {Shard} belongs to another silo now and is given back.")]
    private partial void LogReleased(int shard);
}
