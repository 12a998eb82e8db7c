using System.Collections.Concurrent;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.Extensions.Logging;

namespace Mend.Cluster;

/// <summary>The shards that this silo holds, whatever becomes of their grains: loaded when asked for, given back when they belong elsewhere. Safe to use from several threads.</summary>
public sealed partial class SiloShards : IAsyncDisposable
{
    /// <summary>How long a shard that is to be given back waits for its passes before it cancels them.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SiloModel _model;
    private readonly ShardMap _map;
    private readonly IGrainFactory _grains;
    private readonly SiloAddress _here;
    private readonly ILogger<SiloShards> _log;
    private readonly Dictionary<int, HeldShard> _held = [];
    private readonly ConcurrentDictionary<int, ByteBudget> _requests = [];
    private readonly List<Task> _closing = [];
    private readonly Callers _callers = new();
    private readonly Lock _lock = new();
    private readonly ShardMetrics _metrics;
    private bool _disposed;

    internal SiloShards(SiloModel model, ShardMap map, IGrainFactory grains, SiloAddress here, ILogger<SiloShards> log)
    {
        (_model, _map, _grains, _here, _log) = (model, map, grains, here, log);
        _metrics = new ShardMetrics(Hosts, model.Folder.Architecture, model.Engine);
    }

    /// <summary>How far the silo is with each shard that belongs to it now; empty when none does.</summary>
    public IReadOnlyList<ShardState> States()
    {
        IReadOnlyList<int> mine = _map.Mine();
        lock (_lock)
        {
            return [.. mine.Select(i => _held.TryGetValue(i, out HeldShard? held) ? held.State : new ShardState(i, 0, Stages(i), false, null))];
        }
    }

    /// <summary>Whether the silo has read its model's files; before that no shard belongs to it.</summary>
    public bool IsModelKnown => _map.IsKnown;

    /// <summary>Names the silos that serve another model, a sentence with a blank before it; empty when there are none.</summary>
    public string WhoDiffers() => _map.WhoDiffers();

    internal WireFormat Format => _model.Format;

    internal ParcelStore Parcels => _model.Parcels;

    internal SiloEditors Editors => _model.Editors;

    /// <summary>What the passes of a shard may take together: of each by itself, so that a pass through two of them needs no more than there is.</summary>
    internal ByteBudget Requests(int shard) => _requests.GetOrAdd(shard, _ => _model.RequestBudget());

    internal bool IsMine(int shard) => _map.Mine().Contains(shard);

    /// <summary>Does something with a shard that serves, off the caller's scheduler; the shard is not given back meanwhile.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="work">What to do; its token is also cancelled when nobody waits for it any more.</param>
    /// <param name="caller">The silo that asked; null for a client.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RetryableException">It is still loading, or must be given back.</exception>
    internal async Task<T> UseAsync<T>(int shard, Func<ShardHost, CancellationToken, Task<T>> work, SiloAddress? caller, CancellationToken cancellationToken)
    {
        using ShardUse use = Use(shard);
        using CancellationTokenSource any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, use.Closing, _callers.GoneToken(caller));
        try
        {
            return await Task.Run(() => work(use.Host, any.Token), any.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (use.Closing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Moving(shard);
        }
        catch (OperationCanceledException) when (any.IsCancellationRequested)
        {
            ClusterTelemetry.Cancelled.Add(1);
            throw;
        }
    }

    /// <summary>Loads a shard, unless it is loaded or being loaded, and waits until it serves.</summary>
    /// <exception cref="RetryableException">The silo is stopping.</exception>
    internal Task LoadAsync(int shard, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                throw Moving(shard);
            }

            if (!_held.TryGetValue(shard, out HeldShard? held) || held.HasFailed)
            {
                _held[shard] = held = new HeldShard(shard, _model.Plan.Shards[shard]);
                held.Start((progress, unloading) => LoadAsync(shard, progress, unloading));
            }

            return held.Loading.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Begins to give back what belongs to other silos now.</summary>
    internal void ReleaseOthers()
    {
        IReadOnlyList<int> mine = _map.Mine();
        lock (_lock)
        {
            foreach (HeldShard held in _held.Values.Where(h => !mine.Contains(h.Shard)).ToList())
            {
                LogReleased(held.Shard);
                Close(held);
            }
        }
    }

    /// <summary>Cancels the passes that silos have sent which are gone now.</summary>
    internal void CancelCallers(Func<SiloAddress, bool> isGone) => _callers.Cancel(isGone);

    /// <summary>Waits for the passes that are running, a while, and gives everything back.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Task> closing;
        lock (_lock)
        {
            _disposed = true;
            _held.Values.ToList().ForEach(Close);
            closing = [.. _closing];
        }

        await Task.WhenAll(closing).ConfigureAwait(false);
        _metrics.Dispose();
        _callers.Dispose();
    }

    private List<ShardHost> Hosts()
    {
        lock (_lock)
        {
            return [.. _held.Values.Select(h => h.Host).OfType<ShardHost>()];
        }
    }

    private static RetryableException Moving(int shard) => new($"Shard {shard} is moving to another silo; send the request again.");

    private int Stages(int shard) => _model.Plan.Shards[shard].End - _model.Plan.Shards[shard].Start;

    private ShardUse Use(int shard)
    {
        lock (_lock)
        {
            HeldShard? held = _held.GetValueOrDefault(shard);
            return held?.TryUse() ?? throw new RetryableException(
                $"Shard {shard} is loading ({held?.State.StagesLoaded ?? 0} of {Stages(shard)} stages); send the request again in a moment.");
        }
    }

    /// <summary>Takes a shard out, so that nobody begins to use it, and closes it by and by. Under the lock.</summary>
    private void Close(HeldShard held)
    {
        _held.Remove(held.Shard);
        _closing.RemoveAll(c => c.IsCompleted);
        _closing.Add(Task.Run(() => CloseAsync(held)));
    }

    private async Task CloseAsync(HeldShard held)
    {
        if (!await held.CloseAsync(Patience, _model.Time).ConfigureAwait(false))
        {
            LogStuck(held.Shard);
        }
    }

    private async Task<ShardHost> LoadAsync(int shard, IProgress<int> progress, CancellationToken cancellationToken)
    {
        long started = _model.Time.GetTimestamp();
        LogLoading(shard, _model.ShardBytes[shard]);
        _model.Folder.Architecture.Notes.ToList().ForEach(LogNote);
        EditLedger ledger = await _model.LedgerAsync(cancellationToken).ConfigureAwait(false);
        ShardOptions options = new() { SessionBytes = _model.Silo.SessionMemory ?? SiloShardOptions.DefaultMemory };
        ModelShard loaded = ModelShard.Load(
            _model.Folder.Architecture, _model.Plan.Shards[shard], _model.Folder.Checkpoint, _model.Engine, _model.Queue, new LedgerFactors(ledger), progress, options, _model.Time, cancellationToken);
        try
        {
            IShard? next = shard + 1 < _model.Plan.Shards.Count
                ? _model.Shard(_grains, shard + 1, _here)
                : null;
            await loaded.ApplyAsync((await ledger.HeadAsync(cancellationToken).ConfigureAwait(false)).Number, cancellationToken).ConfigureAwait(false);
            ShardHost host = new(shard, loaded, next, new GrainEditor(_grains, _model, shard), ledger, options, _model.Time);
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

    [LoggerMessage(LogLevel.Warning, "{Note}")]
    private partial void LogNote(string note);

    [LoggerMessage(LogLevel.Information, "Shard {Shard} serves after {Seconds:0.0} s.")]
    private partial void LogServes(int shard, double seconds);

    [LoggerMessage(LogLevel.Error, "A pass through shard {Shard} does not end though it was cancelled; its memory is not given back before the process ends.")]
    private partial void LogStuck(int shard);

    [LoggerMessage(LogLevel.Information, "Shard {Shard} belongs to another silo now and is given back.")]
    private partial void LogReleased(int shard);
}
