using Mend.Editing;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// All shards of a model in one process, on one engine. Which shards there are changes nothing in the results. Safe to
/// use from several threads.
/// </summary>
public sealed class ShardChain : IPassRunner, IDisposable
{
    private readonly IReadOnlyList<ModelShard> _shards;
    private readonly EngineQueue _queue;

    private ShardChain(IReadOnlyList<ModelShard> shards, EngineQueue queue)
    {
        _shards = shards;
        _queue = queue;
    }

    /// <inheritdoc/>
    public ModelArchitecture Architecture => _shards[0].Architecture;

    /// <inheritdoc/>
    public IEngine Engine => _shards[0].Engine;

    /// <summary>The shards, first to last.</summary>
    public IReadOnlyList<ModelShard> Shards => _shards;

    /// <summary>Loads every shard of a plan.</summary>
    /// <param name="architecture">The model.</param>
    /// <param name="plan">How it is split.</param>
    /// <param name="checkpoint">Where the weights lie; must outlive the chain.</param>
    /// <param name="engine">Where to compute; not disposed with the chain.</param>
    /// <param name="versions">Where to learn of versions; null for a base model only.</param>
    /// <param name="foldRank">Summed rank at which edits of a layer are folded.</param>
    /// <param name="cancellationToken">Looked at between stages.</param>
    public static ShardChain Load(
        ModelArchitecture architecture,
        ShardPlan plan,
        Checkpoint checkpoint,
        IEngine engine,
        IVersionFactors? versions = null,
        int foldRank = ModelShard.DefaultFoldRank,
        CancellationToken cancellationToken = default)
    {
        EngineQueue queue = new();
        List<ModelShard> shards = [];
        try
        {
            foreach (StageRange range in plan.Shards)
            {
                shards.Add(ModelShard.Load(
                    architecture, range, checkpoint, engine, queue, versions ?? new BaseOnly(), foldRank: foldRank, cancellationToken: cancellationToken));
            }

            return new ShardChain(shards, queue);
        }
        catch
        {
            shards.ForEach(s => s.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<PassResult> RunAsync(Pass pass, PassHooks hooks, CancellationToken cancellationToken)
    {
        using Tensor? hidden = pass.Start is null ? null : Engine.FromHost(pass.Start.Data, pass.Start.Shape);
        using Tensor? encoder = pass.StartEncoder is null ? null : Engine.FromHost(pass.StartEncoder.Data, pass.StartEncoder.Shape);
        int first = _shards.TakeWhile(s => s.Range.End <= pass.StartStage).Count();
        using ShardReply reply = await RunFromAsync(first, pass, hooks, new ShardActivations(hidden, encoder), cancellationToken).ConfigureAwait(false);
        return reply.Result;
    }

    /// <inheritdoc/>
    public Task EndSessionAsync(string session)
    {
        foreach (ModelShard shard in _shards)
        {
            shard.EndSession(session);
        }

        return Task.CompletedTask;
    }

    /// <summary>Gives all shards back. No pass may be running.</summary>
    public void Dispose()
    {
        foreach (ModelShard shard in _shards)
        {
            shard.Dispose();
        }

        _queue.Dispose();
    }

    private Task<ShardReply> RunFromAsync(int shard, Pass pass, PassHooks hooks, ShardActivations input, CancellationToken cancellationToken) =>
        _shards[shard].RunAsync(pass, hooks, input, (output, ct) => RunFromAsync(shard + 1, pass, hooks, output, ct), cancellationToken);
}
