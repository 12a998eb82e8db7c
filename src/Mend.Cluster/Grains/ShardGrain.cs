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

    public async Task<WireParcel<WireReply>> RunAsync(WireParcel<WirePass> parcel, CancellationToken cancellationToken)
    {
        WirePass pass = parcel.Whole ?? await Task.Run(() => shards.Parcels.Open(parcel), cancellationToken);
        pass.CheckWhole();
        if (pass.KeepsDrafts && !CallGuard.MayEdit)
        {
            throw new NotAllowedException("A pass that drafts edits takes the right to edit; use a certificate whose subject has OU=edit.");
        }

        return await UseAsync(
            async (host, token) =>
            {
                ClusterTelemetry.Received(pass);
                pass.CheckEntersAt(host.Shard.Range);
                pass.CheckFits(host.Shard.Architecture);
                using IDisposable memory = shards.Requests(_index).Take(pass.MemoryOn(host.Shard.Architecture, host.Shard.Range), "The pass");
                using OrderedHooks ordered = OrderedHooks.Of(pass.Hooks);
                using ShardActivations input = pass.ToActivations(host.Shard.Engine);
                using ShardReply reply = await host.RunAsync(pass.ToPass(), ordered.Hooks, input, token);
                WireReply answer = ClusterTelemetry.Sent(WireReply.Of(reply, host.Shard.Engine, shards.Format, ordered.Hooks));
                return shards.Parcels.Pack(answer, answer.Weight);
            },
            cancellationToken,
            pass.Caller);
    }

    public Task KeepAsync(string draft, WireParcel<WireFactors[]> factors, CancellationToken cancellationToken) => UseAsync(
        (host, token) => host.KeepAsync(draft, [.. shards.Parcels.Open(factors).Select(f => f.ToFactors())], token), cancellationToken);

    public Task ContributeAsync(string draft, WireEditor? editor, WireParcel<WireSignals[]> signals, CancellationToken cancellationToken) => UseAsync(
        (host, token) => host.ContributeAsync(draft, editor?.ToReference(), [.. shards.Parcels.Open(signals).Select(s => s.ToSignals())], token), cancellationToken);

    public Task<WireParcel<WireFactors[]>> FactorsAsync(WireDraft draft, CancellationToken cancellationToken) => UseAsync(
        async (host, token) =>
        {
            WireFactors[] factors = [.. (await host.FactorsAsync(draft.ToDraft(), token)).Select(WireFactors.Of)];
            return shards.Parcels.Pack(factors, factors.Sum(f => f.Weight));
        },
        cancellationToken);

    public Task<string> PrepareAsync(string edit, WireDraft draft, CancellationToken cancellationToken) => UseAsync(
        async (host, token) => JsonSerializer.Serialize(await host.PrepareAsync(new EditId(edit), draft.ToDraft(), token)), cancellationToken);

    public Task DiscardAsync(string[] drafts, CancellationToken cancellationToken) => UseAsync((host, token) => host.DiscardAsync(drafts, token), cancellationToken);

    public Task ApplyAsync(long version, CancellationToken cancellationToken) => UseAsync((host, token) => host.ApplyAsync(new ModelVersion(version), token), cancellationToken);

    public Task EndSessionAsync(string session) => UseAsync((host, _) => host.EndSessionAsync(session), CancellationToken.None);

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await shards.LoadAsync(_index, cancellationToken);
    }

    public Task LoadEditorAsync(WireEditor editor, CancellationToken cancellationToken) => shards.Editors.GetAsync(editor.ToReference(), cancellationToken);

    private Task UseAsync(Func<ShardHost, CancellationToken, Task> work, CancellationToken cancellationToken) => UseAsync(
        async (host, token) =>
        {
            await work(host, token);
            return true;
        },
        cancellationToken);

    private async Task<T> UseAsync<T>(Func<ShardHost, CancellationToken, Task<T>> work, CancellationToken cancellationToken, SiloAddress? caller = null)
    {
        try
        {
            return await shards.UseAsync(_index, work, caller, cancellationToken);
        }
        catch (ArgumentException error)
        {
            // Operands are checked where they are used; here they are what somebody sent.
            throw new MalformedMessageException($"The message asks for what this model cannot do: {error.Message}", error);
        }
    }

    /// <summary>
    /// Called before every other method. A grain that was placed by an old view of the cluster moves to the right silo. It must move: were it only to go, a caller that remembers
    /// where it was would bring it up here again.
    /// </summary>
    internal void Check()
    {
        if (!shards.IsMine(_index))
        {
            MigrateOnIdle();
            throw new RetryableException($"Shard {_index} is moving to another silo; send the request again.");
        }
    }
}
