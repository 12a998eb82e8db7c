using System.Text.Json;
using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>The grain of one shard: hands what comes over the wire to the silo's <see cref="ShardHost"/>. Its state is the silo's, so it may go and come.</summary>
[ShardPlacement]
[Reentrant]
internal sealed class ShardGrain(SiloShards shards, IGrainContext context) : Grain, IShardGrain
{
    private readonly int _index = GrainKeys.Parse(context.GrainId.Key.ToString()!).Shard;

    public async Task<WireReply> RunAsync(WirePass pass, CancellationToken cancellationToken)
    {
        ShardHost host = Host();
        using IDisposable running = shards.Enter(_index);
        ClusterTelemetry.Received(pass);
        using ShardActivations input = pass.ToActivations(host.Shard.Engine);
        using ShardReply reply = await host.RunAsync(pass.ToPass(), PassHooks.None, input, cancellationToken);
        return ClusterTelemetry.Sent(WireReply.Of(reply, host.Shard.Engine, shards.Format));
    }

    public Task KeepAsync(string draft, WireFactors[] factors, CancellationToken cancellationToken) =>
        Host().KeepAsync(draft, [.. factors.Select(f => f.ToFactors())], cancellationToken);

    public async Task<WireFactors[]> FactorsAsync(WireDraft draft, CancellationToken cancellationToken) =>
        [.. (await Host().FactorsAsync(draft.ToDraft(), cancellationToken)).Select(WireFactors.Of)];

    public async Task<string> PrepareAsync(string edit, WireDraft draft, CancellationToken cancellationToken) =>
        JsonSerializer.Serialize(await Host().PrepareAsync(new EditId(edit), draft.ToDraft(), cancellationToken));

    public Task DiscardAsync(string[] drafts, CancellationToken cancellationToken) => Host().DiscardAsync(drafts, cancellationToken);

    public Task ApplyAsync(long version, CancellationToken cancellationToken) => Host().ApplyAsync(new ModelVersion(version), cancellationToken);

    public Task EndSessionAsync(string session) => Host().EndSessionAsync(session);

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        Check();
        await shards.LoadAsync(_index, cancellationToken);
    }

    private ShardHost Host()
    {
        Check();
        return shards.Get(_index);
    }

    /// <summary>A grain that was placed by an old view of the cluster makes room for one on the right silo.</summary>
    private void Check()
    {
        if (!shards.IsMine(_index))
        {
            DeactivateOnIdle();
            throw new RetryableException($"Shard {_index} is moving to another silo; send the request again.");
        }
    }
}
