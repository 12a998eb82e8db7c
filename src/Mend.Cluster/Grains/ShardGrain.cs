using System.Text.Json;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>The grain of one shard: hands what comes over the wire to the silo's <see cref="ShardHost"/>. Its state is the silo's, so it may go and come.</summary>
[ShardPlacement]
[Reentrant]
internal sealed class ShardGrain(SiloShards shards, IGrainContext context) : Grain, IShardGrain
{
    private readonly int _index = GrainKeys.ShardOf(context.GrainId.Key.ToString()!);

    public Task<WireReply> RunAsync(WirePass pass, CancellationToken cancellationToken) => UseAsync(
        async (host, token) =>
        {
            ClusterTelemetry.Received(pass);
            pass.CheckEntersAt(host.Shard.Range);
            using OrderedHooks ordered = OrderedHooks.Of(pass.Hooks);
            using ShardActivations input = pass.ToActivations(host.Shard.Engine);
            using ShardReply reply = await host.RunAsync(pass.ToPass(), ordered.Hooks, input, token);
            return ClusterTelemetry.Sent(WireReply.Of(reply, host.Shard.Engine, shards.Format, ordered.Hooks));
        },
        cancellationToken,
        pass.Caller);

    public Task KeepAsync(string draft, WireFactors[] factors, CancellationToken cancellationToken) => UseAsync(
        (host, token) => host.KeepAsync(draft, [.. factors.Select(f => f.ToFactors())], token), cancellationToken);

    public Task ContributeAsync(string draft, WireEditor? editor, WireSignals[] signals, CancellationToken cancellationToken) => UseAsync(
        (host, token) => host.ContributeAsync(draft, editor?.ToReference(), [.. signals.Select(s => s.ToSignals())], token), cancellationToken);

    public Task<WireFactors[]> FactorsAsync(WireDraft draft, CancellationToken cancellationToken) => UseAsync<WireFactors[]>(
        async (host, token) => [.. (await host.FactorsAsync(draft.ToDraft(), token)).Select(WireFactors.Of)], cancellationToken);

    public Task<string> PrepareAsync(string edit, WireDraft draft, CancellationToken cancellationToken) => UseAsync(
        async (host, token) => JsonSerializer.Serialize(await host.PrepareAsync(new EditId(edit), draft.ToDraft(), token)), cancellationToken);

    public Task DiscardAsync(string[] drafts, CancellationToken cancellationToken) => UseAsync((host, token) => host.DiscardAsync(drafts, token), cancellationToken);

    public Task ApplyAsync(long version, CancellationToken cancellationToken) => UseAsync((host, token) => host.ApplyAsync(new ModelVersion(version), token), cancellationToken);

    public Task EndSessionAsync(string session) => UseAsync((host, _) => host.EndSessionAsync(session), CancellationToken.None);

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        Check();
        await shards.LoadAsync(_index, cancellationToken);
    }

    public async Task UseEditorAsync(WireEditor editor, CancellationToken cancellationToken)
    {
        Check();
        await shards.Editors.UseAsync(editor, cancellationToken);
    }

    public Task<WireEditor?> EditorAsync(CancellationToken cancellationToken)
    {
        Check();
        return Task.FromResult(shards.Editors.InUse);
    }

    private Task UseAsync(Func<ShardHost, CancellationToken, Task> work, CancellationToken cancellationToken) => UseAsync(
        async (host, token) =>
        {
            await work(host, token);
            return true;
        },
        cancellationToken);

    private Task<T> UseAsync<T>(Func<ShardHost, CancellationToken, Task<T>> work, CancellationToken cancellationToken, SiloAddress? caller = null)
    {
        Check();
        return shards.UseAsync(_index, work, caller, cancellationToken);
    }

    /// <summary>
    /// A grain that was placed by an old view of the cluster moves to the right silo. It must move: were it only to go, a caller that remembers
    /// where it was would bring it up here again.
    /// </summary>
    private void Check()
    {
        if (!shards.IsMine(_index))
        {
            MigrateOnIdle();
            throw new RetryableException($"Shard {_index} is moving to another silo; send the request again.");
        }
    }
}
