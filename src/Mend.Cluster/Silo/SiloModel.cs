using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Sharding;
using Mend.Tensors;
using Microsoft.Extensions.Logging;

namespace Mend.Cluster;

/// <summary>What all grains of a silo share of the cluster's model: folder, plan, engine and its queue, editor, ledger. Safe to use from several threads.</summary>
internal sealed partial class SiloModel : IAsyncDisposable
{
    private readonly LedgerStoreFactory _stores;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Lazy<BaseModelFingerprint> _fingerprint;
    private readonly Lazy<Task<Dictionary<string, byte[]>>> _description;
    private readonly EditLedgerOptions _ledgerOptions;
    private EditLedger? _ledger;
    private Task<string>? _digest;

    public SiloModel(ClusteredModelOptions options, SiloShardOptions silo, LedgerStoreFactory stores, TimeProvider time, ILogger<SiloModel> logger)
    {
        Options = options;
        Silo = silo;
        Time = time;
        _stores = stores;
        _ledgerOptions = new EditLedgerOptions { TailLost = lost => LogTailLost(logger, lost.Message) };
        Folder = ModelFolder.Open(options.ModelFolder);
        Func<ParameterSpec, long> bytes = p => StoredParameters.BytesOf(Folder.Checkpoint, p);
        Plan = ShardPlan.Balanced(Folder.Architecture, options.Shards, bytes);
        ShardBytes = [.. Plan.Shards.Select(range => ShardPlan.StageBytes(Folder.Architecture, range, bytes))];
        Engine = Engines.Create(EngineName.Parse(silo.Engine), new EngineSettings { Threads = silo.Threads, Compute = silo.Compute });
        Queue = new EngineQueue(silo.QueueLimit);
        _description = new(() => Task.Run(async () => Directory.Exists(Folder.Path)
            ? await ModelFiles.PackAsync(Folder.Path, CancellationToken.None).ConfigureAwait(false)
            : new Dictionary<string, byte[]>(Folder.Description())));
        Requests = RequestBudget();
        Parcels = new ParcelStore(options.PieceBytes, Requests, time);
        _fingerprint = new Lazy<BaseModelFingerprint>(Folder.Fingerprint, LazyThreadSafetyMode.PublicationOnly);
        Editors = new SiloEditors(options.EditorFile, options.EditorFolder, file => EditorFile.Open(file, Engine, Folder.Architecture, Fingerprint));
    }

    public ClusteredModelOptions Options { get; }

    public SiloShardOptions Silo { get; }

    public TimeProvider Time { get; }

    public ModelFolder Folder { get; }

    public ShardPlan Plan { get; }

    /// <summary>Bytes of each shard's weights.</summary>
    public IReadOnlyList<long> ShardBytes { get; }

    public IEngine Engine { get; }

    public EngineQueue Queue { get; }

    /// <summary>What edits at work take, and messages in pieces.</summary>
    public ByteBudget Requests { get; }

    /// <summary>Messages in pieces.</summary>
    public ParcelStore Parcels { get; }

    public BaseModelFingerprint Fingerprint => _fingerprint.Value;

    /// <summary>The editors of this silo.</summary>
    public SiloEditors Editors { get; }

    /// <summary>How activations leave this silo.</summary>
    public WireFormat Format => Silo.Bf16OnTheWire ? WireFormat.Bfloat16 : WireFormat.Float32;

    /// <summary>What the silo must have in common with those that it serves with; null until the model's files are read.</summary>
    public string? Digest => Volatile.Read(ref _digest) is { IsCompletedSuccessfully: true } known ? known.Result : null;

    /// <summary>As <see cref="Digest"/>, once the model's files are read: the first time that may take as long as reading them all.</summary>
    public Task<string> DigestAsync()
    {
        lock (_fingerprint)
        {
            return _digest is { IsFaulted: false } known ? known : _digest = Task.Run(() => ModelDigest.Of(Options.Name, Fingerprint, Plan, Silo.Compute, Options.MessageLimit));
        }
    }

    /// <summary>What requests may take together, anew.</summary>
    public ByteBudget RequestBudget() => new(Silo.RequestMemory ?? SiloShardOptions.DefaultMemory, "Silo:RequestMemory");

    /// <summary>What this silo offers.</summary>
    public async Task<WireOffer> OfferAsync() => new(await DigestAsync().ConfigureAwait(false), [.. ShardBytes], Silo.Roles, Silo.DeviceMemory, Silo.ShareSilo);

    /// <summary>The versions; opened on first use, and again after a failure.</summary>
    /// <exception cref="LedgerException">It is unusable or belongs to another model.</exception>
    /// <exception cref="RetryableException">It cannot be reached just now.</exception>
    public async Task<EditLedger> LedgerAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _ledger) is { } open)
        {
            return open;
        }

        await DigestAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _ledger ??= await EditLedger.OpenAsync(_stores(Options.Ledger), Fingerprint, _ledgerOptions, Time, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The model's shards as grains of this silo call them.</summary>
    /// <param name="grains">Makes references.</param>
    /// <param name="here">This silo.</param>
    public IReadOnlyList<GrainShard> Shards(IGrainFactory grains, SiloAddress here) => [.. Enumerable.Range(0, Plan.Shards.Count).Select(i => Shard(grains, i, here))];

    /// <summary>One of them. Not before <see cref="Digest"/> is known.</summary>
    /// <param name="grains">Makes references.</param>
    /// <param name="shard">Which.</param>
    /// <param name="here">This silo.</param>
    public GrainShard Shard(IGrainFactory grains, int shard, SiloAddress here) =>
        new(grains.GetGrain<IShardGrain>(GrainKeys.Shard(Options.Name, shard)), Digest!, Plan.Shards[shard], Options.PieceBytes, Engine, Format, here);

    /// <summary>What a client must know.</summary>
    public async Task<WireModel> DescribeAsync(CancellationToken cancellationToken)
    {
        string digest = await DigestAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        Dictionary<string, byte[]> files = await _description.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new WireModel(
            Options.Name, files, [KeyValuePair.Create("", Fingerprint.Name), .. Fingerprint.Parts], [.. Plan.Shards.Select(s => s.End)], digest, Options.PieceBytes);
    }

    public async ValueTask DisposeAsync()
    {
        if (_ledger is { } ledger)
        {
            await ledger.DisposeAsync().ConfigureAwait(false);
        }

        Parcels.Dispose();
        Editors.Dispose();
        Queue.Dispose();
        Folder.Dispose();
        Engine.Dispose();
        _gate.Dispose();
    }

    [LoggerMessage(LogLevel.Error, "{Lost}")]
    private static partial void LogTailLost(ILogger logger, string lost);
}
