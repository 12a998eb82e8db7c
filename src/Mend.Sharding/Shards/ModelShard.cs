using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// A contiguous range of a model's stages, loaded on one engine. A pass computes them, awaits the next shard, and on the
/// way back runs their gradient: forward and backward of the whole model are one nested call, and between calls a shard
/// holds nothing of it, so that a failure anywhere unwinds everywhere. Safe to use from several threads.
/// </summary>
public sealed class ModelShard : IDisposable
{
    private readonly CheckpointSource _source;
    private readonly IReadOnlyList<IStage> _stages;
    private readonly Dictionary<string, Weight> _linear = [];
    private readonly SessionCaches _sessions;
    private readonly OverlayCache _overlays;

    private ModelShard(
        ModelArchitecture architecture, StageRange range, CheckpointSource source, IReadOnlyList<IStage> stages, IEngine engine, EngineQueue queue,
        IVersionFactors versions, ShardOptions options, TimeProvider time)
    {
        Architecture = architecture;
        Range = range;
        Engine = engine;
        Queue = queue;
        _source = source;
        _stages = stages;
        _overlays = new OverlayCache(engine, name => _linear.GetValueOrDefault(name), versions, options.FoldRank);
        _sessions = new SessionCaches(time, options.SessionLifetime, options.SessionBytes);
    }

    /// <summary>Default of the summed rank at which edits of a layer are folded into a float32 copy.</summary>
    public const int DefaultFoldRank = 512;

    /// <summary>The whole model.</summary>
    public ModelArchitecture Architecture { get; }

    /// <summary>The stages it holds.</summary>
    public StageRange Range { get; }

    /// <summary>Where it computes.</summary>
    public IEngine Engine { get; }

    /// <summary>Whether the chain ends here.</summary>
    public bool IsLast => Range.End == Architecture.Stages.Count;

    /// <summary>Bytes of its parameters, as stored.</summary>
    public long ParameterBytes => _source.LoadedBytes;

    /// <summary>Bytes of keys and values kept for generation sessions.</summary>
    public long SessionBytes => _sessions.ByteLength;

    /// <summary>The newest version that it has made ready; 0 for the base model.</summary>
    public long Version => _overlays.Newest;

    /// <summary>Linear layers that it holds, by full name.</summary>
    public IReadOnlyDictionary<string, Weight> Layers => _linear;

    internal EngineQueue Queue { get; }

    /// <summary>Loads a shard.</summary>
    /// <param name="architecture">The whole model.</param>
    /// <param name="range">The stages to hold.</param>
    /// <param name="checkpoint">Where the weights lie; must outlive the shard.</param>
    /// <param name="engine">Where to compute.</param>
    /// <param name="queue">The engine's queue.</param>
    /// <param name="versions">Where to learn of versions.</param>
    /// <param name="progress">Told each stage's number once it is loaded.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="time">The clock that sessions age by; null for the system's.</param>
    /// <param name="cancellationToken">Looked at between stages.</param>
    /// <exception cref="CheckpointException">A parameter is missing or has another shape or an unusable type.</exception>
    public static ModelShard Load(
        ModelArchitecture architecture,
        StageRange range,
        Checkpoint checkpoint,
        IEngine engine,
        EngineQueue queue,
        IVersionFactors versions,
        IProgress<int>? progress = null,
        ShardOptions? options = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        RecordingSource source = new(checkpoint, engine);
        try
        {
            List<IStage> stages = [];
            for (int i = range.Start; i < range.End; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                stages.Add(architecture.Stages[i].Create(source));
                progress?.Report(i);
            }

            ModelShard shard = new(architecture, range, source.Inner, stages, engine, queue, versions, options ?? new ShardOptions(), time ?? TimeProvider.System);
            foreach (Weight matrix in source.Matrices)
            {
                shard._linear.TryAdd(matrix.Name, matrix);
            }

            return shard;
        }
        catch
        {
            source.Inner.Dispose();
            throw;
        }
    }

    /// <summary>Runs the shard's part of a pass and, through <paramref name="next"/>, all that follows.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="hooks">Objects that take part in it on this shard.</param>
    /// <param name="input">The previous shard's output.</param>
    /// <param name="next">The next shard; not called by the last.</param>
    /// <param name="cancellationToken">Looked at between stages.</param>
    public async Task<ShardReply> RunAsync(
        Pass pass, PassHooks hooks, ShardActivations input, NextShard next, CancellationToken cancellationToken)
    {
        using VersionLease version = await _overlays.LeaseAsync(pass, cancellationToken).ConfigureAwait(false);
        await CheckVersionAsync(pass.Version, input.VersionDigest, version.Digest, cancellationToken).ConfigureAwait(false);
        if (pass.Texts.Count == 0)
        {
            return await RunAsync(pass, hooks, input, next, version, [], cancellationToken).ConfigureAwait(false);
        }

        using TextLeases leases = TextLeases.Take(_sessions, pass.Texts);
        if (leases.Texts.Count == 0)
        {
            return new ShardReply(leases.Complete(new PassResult()), null, null);
        }

        using ShardActivations own = leases.Rest(Engine, input);
        try
        {
            ShardReply reply = await RunAsync(leases.Rest(pass), hooks, own, next, version, leases.Texts, cancellationToken).ConfigureAwait(false);
            return reply with { Result = leases.Complete(reply.Result) };
        }
        catch
        {
            // Some layers may have seen the pass's tokens and others not.
            foreach (TextRows text in pass.Texts)
            {
                _sessions.End(text.Session);
            }

            throw;
        }
    }

    /// <summary>Makes a version ready, so that the first pass that reads it need not wait.</summary>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Stops reading the ledger.</param>
    public async Task ApplyAsync(long version, CancellationToken cancellationToken)
    {
        using EditOverlay? overlay = await _overlays.LeaseAsync(version, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets the keys and values of a generation session. Unknown sessions are passed over.</summary>
    /// <param name="session">The session.</param>
    public void EndSession(string session) => _sessions.End(session);

    /// <summary>Gives weights, overlays and sessions back. No pass may be running.</summary>
    public void Dispose()
    {
        _sessions.Dispose();
        _overlays.Dispose();
        _source.Dispose();
    }

    /// <summary>No answer mixes two histories: what was computed with another version of the same number is refused.</summary>
    private async Task CheckVersionAsync(long version, string? entered, string? here, CancellationToken cancellationToken)
    {
        if (entered is null || entered == here)
        {
            return;
        }

        // Whoever holds to what the ledger lost notices when it asks; if that is not this shard, it is the one before it.
        await _overlays.AskAsync(version, cancellationToken).ConfigureAwait(false);
        throw new VersionsDifferException(version);
    }

    private async Task<ShardReply> NextAsync(Pass pass, NextShard next, ShardActivations output, CancellationToken cancellationToken)
    {
        try
        {
            return await next(pass, output, cancellationToken).ConfigureAwait(false);
        }
        catch (VersionsDifferException)
        {
            await _overlays.AskAsync(pass.Version, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<ShardReply> RunAsync(
        Pass pass, PassHooks hooks, ShardActivations input, NextShard next, VersionLease version, IReadOnlyList<GrowingText> texts, CancellationToken cancellationToken)
    {
        using ShardPass run = new(this, _stages, pass, hooks, version.Overlay, texts);
        ShardActivations output = await Queue.AdmitAsync(() => run.Forward(input, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (IsLast)
        {
            return await Queue.RunAsync(() => run.Backward(null), cancellationToken).ConfigureAwait(false);
        }

        ShardReply reply = await NextAsync(pass, next, output with { VersionDigest = version.Digest }, cancellationToken).ConfigureAwait(false);
        if (!run.Records)
        {
            return reply;
        }

        using (reply)
        {
            return await Queue.RunAsync(() => run.Backward(reply), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Notes the matrices that stages load, so that edits find them by name.</summary>
    private sealed class RecordingSource(Checkpoint checkpoint, IEngine engine) : ParameterSource
    {
        public CheckpointSource Inner { get; } = new(checkpoint, engine);

        public List<Weight> Matrices { get; } = [];

        public override Weight Matrix(string name, int inputs, int outputs, WeightLayout layout)
        {
            Weight weight = Inner.Matrix(name, inputs, outputs, layout);
            Matrices.Add(weight);
            return weight;
        }

        public override Weight Table(string name, int rows, int columns) => Inner.Table(name, rows, columns);

        public override Tensor Tensor(string name, Shape shape) => Inner.Tensor(name, shape);

        public override Tensor Made(Shape shape, Func<IEngine, Tensor> make) => Inner.Made(shape, make);

        public override bool Contains(string name, bool planned) => Inner.Contains(name, planned);
    }
}
