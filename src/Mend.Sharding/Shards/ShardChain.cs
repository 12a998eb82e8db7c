using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// All shards of a model in one process, on one engine. Which shards there are changes nothing in the results. Safe to
/// use from several threads.
/// </summary>
public sealed class ShardChain : IPassRunner, IDisposable
{
    private readonly ShardRunner _runner;
    private readonly EngineQueue _queue;

    private ShardChain(ShardRunner runner, EngineQueue queue)
    {
        _runner = runner;
        _queue = queue;
        Shards = [.. Hosts.Select(h => h.Shard)];
    }

    /// <inheritdoc/>
    public ModelArchitecture Architecture => _runner.Architecture;

    /// <inheritdoc/>
    public IEngine Engine => _runner.Engine;

    /// <summary>The shards' stages, first to last.</summary>
    public IReadOnlyList<ModelShard> Shards { get; }

    /// <summary>The shards at work, as a coordinator needs them.</summary>
    public ShardRunner Runner => _runner;

    private IEnumerable<ShardHost> Hosts => _runner.Shards.Cast<ShardHost>();

    /// <summary>Loads every shard of a plan.</summary>
    /// <param name="architecture">The model.</param>
    /// <param name="plan">How it is split.</param>
    /// <param name="checkpoint">Where the weights lie; must outlive the chain.</param>
    /// <param name="engine">Where to compute; not disposed with the chain.</param>
    /// <param name="ledger">Its versions; null for a base model only. Must outlive the chain.</param>
    /// <param name="editor">What drafts edits on the shards, or null.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="time">The clock that drafts and sessions age by; null for the system's.</param>
    /// <param name="cancellationToken">Looked at between stages.</param>
    public static ShardChain Load(
        ModelArchitecture architecture,
        ShardPlan plan,
        Checkpoint checkpoint,
        IEngine engine,
        EditLedger? ledger = null,
        ILayerEditor? editor = null,
        ShardOptions? options = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default) =>
        Load(architecture, plan, checkpoint, engine, ledger is null ? new BaseOnly() : new LedgerFactors(ledger), ledger, editor, options ?? new ShardOptions(), time ?? TimeProvider.System, cancellationToken);

    /// <summary>As the other, but with versions from somewhere else than a ledger; such a chain cannot store edits.</summary>
    /// <param name="architecture">The model.</param>
    /// <param name="plan">How it is split.</param>
    /// <param name="checkpoint">Where the weights lie.</param>
    /// <param name="engine">Where to compute.</param>
    /// <param name="versions">Where to learn of versions.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    internal static ShardChain Load(
        ModelArchitecture architecture, ShardPlan plan, Checkpoint checkpoint, IEngine engine, IVersionFactors versions, ShardOptions? options = null) =>
        Load(architecture, plan, checkpoint, engine, versions, null, null, options ?? new ShardOptions(), TimeProvider.System, default);

    /// <inheritdoc/>
    public Task<PassResult> RunAsync(Pass pass, PassHooks hooks, CancellationToken cancellationToken) => _runner.RunAsync(pass, hooks, cancellationToken);

    /// <inheritdoc/>
    public Task EndSessionAsync(string session) => _runner.EndSessionAsync(session);

    /// <summary>Gives all shards back. No pass may be running.</summary>
    public void Dispose()
    {
        foreach (ShardHost host in Hosts)
        {
            host.Dispose();
        }

        _queue.Dispose();
    }

    private static ShardChain Load(
        ModelArchitecture architecture, ShardPlan plan, Checkpoint checkpoint, IEngine engine, IVersionFactors versions, EditLedger? ledger, ILayerEditor? editor,
        ShardOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        EngineQueue queue = new();
        List<ShardHost> hosts = [];
        try
        {
            // From the end, as each host is given the next one.
            for (int i = plan.Shards.Count - 1; i >= 0; i--)
            {
                ModelShard shard = ModelShard.Load(
                    architecture, plan.Shards[i], checkpoint, engine, queue, versions, options: options, time: time, cancellationToken: cancellationToken);
                hosts.Insert(0, new ShardHost(i, shard, hosts.FirstOrDefault(), editor, ledger, options, time));
            }

            return new ShardChain(new ShardRunner(architecture, plan, hosts, engine), queue);
        }
        catch
        {
            hosts.ForEach(h => h.Dispose());
            queue.Dispose();
            throw;
        }
    }
}
