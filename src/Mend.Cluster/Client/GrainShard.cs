using System.Text.Json;
using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>A shard on another silo, as its chain and the coordinator see it.</summary>
/// <param name="grain">Its grain.</param>
/// <param name="engine">Where activations come from and gradients go.</param>
/// <param name="format">How activations travel.</param>
internal sealed class GrainShard(IShardGrain grain, IEngine engine, WireFormat format) : IShard
{
    private readonly string _name = $"Shard {GrainKeys.Parse(grain.GetPrimaryKeyString()).Shard}";

    public Task<ShardReply> RunAsync(Pass pass, PassHooks hooks, ShardActivations input, CancellationToken cancellationToken) => Faults.GuardAsync(_name, async () =>
    {
        WirePass message = ClusterTelemetry.Sent(WirePass.Of(pass, input, engine, format));
        WireReply reply = await grain.RunAsync(message, cancellationToken).ConfigureAwait(false);
        ClusterTelemetry.Received(reply);
        return reply.ToReply(engine);
    });

    public Task KeepAsync(string draft, IReadOnlyList<EditFactors> factors, CancellationToken cancellationToken) =>
        Faults.GuardAsync(_name, () => grain.KeepAsync(draft, [.. factors.Select(WireFactors.Of)], cancellationToken));

    public Task<IReadOnlyList<EditFactors>> FactorsAsync(KeptDraft draft, CancellationToken cancellationToken) => Faults.GuardAsync<IReadOnlyList<EditFactors>>(
        _name, async () => [.. (await grain.FactorsAsync(WireDraft.Of(draft), cancellationToken).ConfigureAwait(false)).Select(f => f.ToFactors())]);

    public Task<IReadOnlyList<FactorReference>> PrepareAsync(EditId edit, KeptDraft draft, CancellationToken cancellationToken) => Faults.GuardAsync<IReadOnlyList<FactorReference>>(
        _name, async () => JsonSerializer.Deserialize<List<FactorReference>>(await grain.PrepareAsync(edit.Value, WireDraft.Of(draft), cancellationToken).ConfigureAwait(false))!);

    public Task DiscardAsync(IReadOnlyList<string> drafts, CancellationToken cancellationToken) =>
        Faults.GuardAsync(_name, () => grain.DiscardAsync([.. drafts], cancellationToken));

    public Task ApplyAsync(ModelVersion version, CancellationToken cancellationToken) =>
        Faults.GuardAsync(_name, () => grain.ApplyAsync(version.Number, cancellationToken));

    public async Task EndSessionAsync(string session)
    {
        try
        {
            await Faults.GuardAsync(_name, () => grain.EndSessionAsync(session)).ConfigureAwait(false);
        }
        catch (RetryableException)
        {
            // The shard forgets the session in time by itself.
        }
    }
}
