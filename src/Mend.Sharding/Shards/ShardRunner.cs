using Mend.Editing;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>Runs passes through a chain of shards, wherever they are. Safe to use from several threads.</summary>
/// <param name="architecture">The model.</param>
/// <param name="plan">Which stages each shard holds.</param>
/// <param name="shards">The shards, first to last; each calls the next itself.</param>
/// <param name="engine">Where editors may compute, and what a pass starts from is made.</param>
public sealed class ShardRunner(ModelArchitecture architecture, ShardPlan plan, IReadOnlyList<IShard> shards, IEngine engine) : IPassRunner
{
    /// <inheritdoc/>
    public ModelArchitecture Architecture => architecture;

    /// <inheritdoc/>
    public IEngine Engine => engine;

    /// <summary>Which stages each shard holds.</summary>
    public ShardPlan Plan => plan;

    /// <summary>The shards, first to last.</summary>
    public IReadOnlyList<IShard> Shards => shards;

    /// <inheritdoc/>
    public async Task<PassResult> RunAsync(Pass pass, PassHooks hooks, CancellationToken cancellationToken)
    {
        // What the first shard starts from travels as activations, not in the pass.
        using ShardActivations start = ShardActivations.Of(engine, pass);
        Pass travelling = pass with { Start = null, StartEncoder = null };
        using ShardReply reply = await shards[plan.ShardOf(pass.StartStage)].RunAsync(travelling, hooks, start, cancellationToken).ConfigureAwait(false);
        return reply.Result;
    }

    /// <inheritdoc/>
    public Task EndSessionAsync(string session) => Task.WhenAll(shards.Select(s => s.EndSessionAsync(session)));
}
