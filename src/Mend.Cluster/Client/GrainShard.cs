using System.Text.Json;
using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>A shard on another silo, as its chain and the coordinator see it.</summary>
/// <param name="grain">Its grain.</param>
/// <param name="digest">The model that it is a shard of; see <see cref="ModelDigest"/>.</param>
/// <param name="range">The stages that it holds.</param>
/// <param name="pieceBytes">Bytes of what travels in one message.</param>
/// <param name="engine">Where activations come from and gradients go; the engine of the hooks' tensors too.</param>
/// <param name="format">How activations travel.</param>
/// <param name="caller">The silo that this is on; null on a client.</param>
internal sealed class GrainShard(IShardGrain grain, string digest, StageRange range, int pieceBytes, IEngine engine, WireFormat format, SiloAddress? caller = null) : IShard
{
    private readonly string _name = $"Shard {GrainKeys.ShardOf(grain.GetPrimaryKeyString())}";

    public Task<ShardReply> RunAsync(Pass pass, PassHooks hooks, ShardActivations input, CancellationToken cancellationToken) => CallAsync(
        async () =>
        {
            WirePass message = ClusterTelemetry.Sent(WirePass.Of(pass, input, range, engine, format, hooks, caller));
            WireParcel<WirePass> parcel = await Parcels.SendAsync(grain, message, message.Weight, pieceBytes).ConfigureAwait(false);
            WireReply reply = await Parcels.TakeAsync(grain, await grain.RunAsync(parcel, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            ClusterTelemetry.Received(reply);
            reply.Reports?.Give(hooks, engine);
            return reply.ToReply(engine);
        },
        cancellationToken);

    public Task KeepAsync(string draft, IReadOnlyList<EditFactors> factors, CancellationToken cancellationToken) => CallAsync(
        async () =>
        {
            WireFactors[] sent = [.. factors.Select(WireFactors.Of)];
            await grain.KeepAsync(draft, await Parcels.SendAsync(grain, sent, sent.Sum(f => f.Weight), pieceBytes).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    public Task ContributeAsync(string draft, EditorReference? editor, IReadOnlyList<LayerSignals> signals, CancellationToken cancellationToken) => CallAsync(
        async () =>
        {
            WireSignals[] sent = [.. signals.Select(s => WireSignals.Of(s, null))];
            WireParcel<WireSignals[]> parcel = await Parcels.SendAsync(grain, sent, sent.Sum(s => s.Weight), pieceBytes).ConfigureAwait(false);
            await grain.ContributeAsync(draft, WireEditor.Of(editor), parcel, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    public Task<IReadOnlyList<EditFactors>> FactorsAsync(KeptDraft draft, CancellationToken cancellationToken) => CallAsync<IReadOnlyList<EditFactors>>(
        async () =>
        {
            WireParcel<WireFactors[]> answer = await grain.FactorsAsync(WireDraft.Of(draft), cancellationToken).ConfigureAwait(false);
            return [.. (await Parcels.TakeAsync(grain, answer).ConfigureAwait(false)).Select(f => f.ToFactors())];
        },
        cancellationToken);

    public Task<IReadOnlyList<FactorReference>> PrepareAsync(EditId edit, KeptDraft draft, CancellationToken cancellationToken) => CallAsync<IReadOnlyList<FactorReference>>(
        async () => JsonSerializer.Deserialize<List<FactorReference>>(await grain.PrepareAsync(edit.Value, WireDraft.Of(draft), cancellationToken).ConfigureAwait(false))!,
        cancellationToken);

    public Task DiscardAsync(IReadOnlyList<string> drafts, CancellationToken cancellationToken) =>
        CallAsync(() => grain.DiscardAsync([.. drafts], cancellationToken), cancellationToken);

    public Task ApplyAsync(ModelVersion version, CancellationToken cancellationToken) =>
        CallAsync(() => grain.ApplyAsync(version.Number, cancellationToken), cancellationToken);

    /// <summary>Activates the shard on its silo, and waits until it serves.</summary>
    public Task LoadAsync(CancellationToken cancellationToken) => CallAsync(() => grain.LoadAsync(cancellationToken), cancellationToken);

    /// <summary>Lets the shard's silo load an editor.</summary>
    public Task LoadEditorAsync(WireEditor editor, CancellationToken cancellationToken) =>
        CallAsync(() => grain.LoadEditorAsync(editor, cancellationToken), cancellationToken);

    public async Task EndSessionAsync(string session)
    {
        try
        {
            await CallAsync(() => grain.EndSessionAsync(session), CancellationToken.None).ConfigureAwait(false);
        }
        catch (RetryableException)
        {
            // The shard forgets the session in time by itself.
        }
    }

    private Task CallAsync(Func<Task> call, CancellationToken cancellationToken) => CallAsync(
        async () =>
        {
            await call().ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    private Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) => Faults.GuardAsync(
        _name,
        () =>
        {
            // Travels with the call, and is forgotten with the method that this runs in.
            RequestContext.Set(ModelDigest.Key, digest);
            return call();
        },
        cancellationToken);
}
