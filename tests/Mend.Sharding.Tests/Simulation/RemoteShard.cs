using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>A shard as another process sees it.</summary>
internal sealed class RemoteShard(Network network, Process from, Machine to) : IShard
{
    public Task<ShardReply> RunAsync(Pass pass, PassHooks hooks, ShardActivations input, CancellationToken cancellationToken) =>
        CallAsync($"run v{pass.Version}", (shard, ct) => shard.RunAsync(pass, hooks, input, ct), cancellationToken);

    public Task KeepAsync(string draft, IReadOnlyList<EditFactors> factors, CancellationToken cancellationToken) =>
        CallAsync($"keep {draft}", (shard, ct) => shard.KeepAsync(draft, factors, ct), cancellationToken);

    public Task ContributeAsync(string draft, EditorReference? editor, IReadOnlyList<LayerSignals> signals, CancellationToken cancellationToken) =>
        CallAsync($"contribute {draft}", (shard, ct) => shard.ContributeAsync(draft, editor, signals, ct), cancellationToken);

    public Task<IReadOnlyList<EditFactors>> FactorsAsync(KeptDraft draft, CancellationToken cancellationToken) =>
        CallAsync($"factors {draft.Name}", (shard, ct) => shard.FactorsAsync(draft, ct), cancellationToken);

    public Task<IReadOnlyList<FactorReference>> PrepareAsync(EditId edit, KeptDraft draft, CancellationToken cancellationToken) =>
        CallAsync($"prepare {edit} {draft.Name}", (shard, ct) => shard.PrepareAsync(edit, draft, ct), cancellationToken);

    public Task DiscardAsync(IReadOnlyList<string> drafts, CancellationToken cancellationToken) =>
        CallAsync($"discard {string.Join(' ', drafts)}", (shard, ct) => shard.DiscardAsync(drafts, ct), cancellationToken);

    public Task ApplyAsync(ModelVersion version, CancellationToken cancellationToken) =>
        CallAsync($"apply {version}", (shard, ct) => shard.ApplyAsync(version, ct), cancellationToken);

    public Task EndSessionAsync(string session) => throw new NotSupportedException("Nobody generates here.");

    private Task CallAsync(string what, Func<SimulatedShard, CancellationToken, Task> call, CancellationToken cancellationToken) => CallAsync(
        what,
        async (shard, ct) =>
        {
            await call(shard, ct);
            return true;
        },
        cancellationToken);

    private Task<T> CallAsync<T>(string what, Func<SimulatedShard, CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        network.CallAsync(from, to, what, call, cancellationToken: cancellationToken);
}
