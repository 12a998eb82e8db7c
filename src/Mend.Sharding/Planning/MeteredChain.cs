using Mend.Editing;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// A chain whose shards have an engine each, so that what each of them takes can be told apart: what passes from one to the next is
/// copied, as it is between machines, and counted. With one engine for all it is handed over, as in one process. Safe to use from
/// several threads, but the counts are of all their passes together.
/// </summary>
public sealed class MeteredChain : IPassRunner, IDisposable
{
    private readonly IReadOnlyList<ModelShard> _shards;
    private readonly List<EngineQueue> _queues;
    private readonly long[] _forward;
    private readonly long[] _backward;

    private MeteredChain(IReadOnlyList<ModelShard> shards, List<EngineQueue> queues)
    {
        (_shards, _queues) = (shards, queues);
        (_forward, _backward) = (new long[shards.Count], new long[shards.Count]);
    }

    /// <inheritdoc/>
    public ModelArchitecture Architecture => _shards[0].Architecture;

    /// <summary>The first shard's engine.</summary>
    public IEngine Engine => _shards[0].Engine;

    /// <summary>The shards, first to last.</summary>
    public IReadOnlyList<ModelShard> Shards => _shards;

    /// <summary>Bytes of tensors that each shard has handed to the next since the counts were last cleared; 0 for the last.</summary>
    public IReadOnlyList<long> SentForward => _forward;

    /// <summary>Bytes of gradients that each shard has handed back to the one before; 0 for the first.</summary>
    public IReadOnlyList<long> SentBackward => _backward;

    /// <summary>Loads every shard of a plan.</summary>
    /// <param name="architecture">The model.</param>
    /// <param name="plan">How it is split.</param>
    /// <param name="checkpoint">The weights; for engines that read no elements a described one will do. Must outlive the chain.</param>
    /// <param name="engines">One for each shard, or one for all; not disposed with the chain.</param>
    /// <exception cref="CheckpointException">A parameter is missing or has another shape or an unusable type.</exception>
    public static MeteredChain Load(ModelArchitecture architecture, ShardPlan plan, Checkpoint checkpoint, IReadOnlyList<IEngine> engines)
    {
        if (engines.Count != 1 && engines.Count != plan.Shards.Count)
        {
            throw new ArgumentException($"{engines.Count} engines were given for {plan.Shards.Count} shards; give one for each, or one for all.", nameof(engines));
        }

        List<EngineQueue> queues = [];
        List<ModelShard> shards = [];
        try
        {
            foreach ((int i, StageRange range) in plan.Shards.Index())
            {
                queues.Add(new EngineQueue());
                shards.Add(ModelShard.Load(architecture, range, checkpoint, engines[engines.Count == 1 ? 0 : i], queues[^1], new BaseOnly()));
            }

            return new MeteredChain(shards, queues);
        }
        catch
        {
            shards.ForEach(s => s.Dispose());
            queues.ForEach(q => q.Dispose());
            throw;
        }
    }

    /// <summary>Starts counting what is sent from 0 again.</summary>
    public void ClearCounts()
    {
        Array.Clear(_forward);
        Array.Clear(_backward);
    }

    /// <inheritdoc/>
    public async Task<PassResult> RunAsync(Pass pass, PassHooks hooks, CancellationToken cancellationToken)
    {
        int first = _shards.TakeWhile(s => s.Range.End <= pass.StartStage).Count();
        using ShardActivations start = ShardActivations.Of(_shards[first].Engine, pass);
        using ShardReply reply = await RunFromAsync(first, pass, hooks, start, cancellationToken).ConfigureAwait(false);
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

        _queues.ForEach(q => q.Dispose());
    }

    private Task<ShardReply> RunFromAsync(int shard, Pass pass, PassHooks hooks, ShardActivations input, CancellationToken cancellationToken) =>
        _shards[shard].RunAsync(pass, hooks, input, (left, output, ct) => HandOnAsync(shard, left, hooks, output, ct), cancellationToken);

    private async Task<ShardReply> HandOnAsync(int shard, Pass pass, PassHooks hooks, ShardActivations output, CancellationToken cancellationToken)
    {
        (IEngine here, IEngine there) = (_shards[shard].Engine, _shards[shard + 1].Engine);
        using Tensor? hidden = Carry(output.Hidden, here, there, ref _forward[shard]);
        using Tensor? encoder = Carry(output.Encoder, here, there, ref _forward[shard]);
        using ShardReply reply = await RunFromAsync(shard + 1, pass, hooks, new ShardActivations(hidden, encoder), cancellationToken).ConfigureAwait(false);
        return new ShardReply(
            reply.Result,
            Carry(reply.HiddenGradient, there, here, ref _backward[shard + 1]),
            Carry(reply.EncoderGradient, there, here, ref _backward[shard + 1]));
    }

    private static Tensor? Carry(Tensor? tensor, IEngine from, IEngine to, ref long sent)
    {
        if (tensor is null)
        {
            return null;
        }

        Interlocked.Add(ref sent, tensor.Shape.Length * sizeof(float));
        return ReferenceEquals(from, to) ? from.Share(tensor) : to.FromHost(HostTensor.From(from, tensor).Data, tensor.Shape);
    }
}
