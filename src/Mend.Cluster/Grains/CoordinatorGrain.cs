using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>The grain that drives a model's edits with an <see cref="EditCoordinator"/>. Should there ever be two, the ledger decides.</summary>
[Reentrant]
internal sealed class CoordinatorGrain(SiloModel model, IGrainFactory grains) : Grain, ICoordinatorGrain
{
    private Task<EditCoordinator>? _coordinator;

    public Task<WireModel> DescribeAsync(CancellationToken cancellationToken) => model.DescribeAsync(cancellationToken);

    public async Task<long> HeadAsync(CancellationToken cancellationToken)
    {
        EditLedger ledger = await model.LedgerAsync(cancellationToken);
        return (await ledger.HeadAsync(cancellationToken)).Number;
    }

    public async Task<byte[][]> LogAsync(long after, CancellationToken cancellationToken)
    {
        EditLedger ledger = await model.LedgerAsync(cancellationToken);
        return [.. (await ledger.EntriesAsync(new ModelVersion(after), cancellationToken)).Select(e => LedgerCodec.Encode(e).Bytes)];
    }

    public async Task<WireOutcome> EditAsync(WireEdit[] edits, CancellationToken cancellationToken)
    {
        EditCoordinator coordinator = await CoordinatorAsync();
        return WireOutcome.Of(await coordinator.EditAsync([.. edits.Select(e => e.ToRequest())], cancellationToken));
    }

    public async Task<WirePreview> PreviewAsync(WireEdit[] edits, CancellationToken cancellationToken)
    {
        EditCoordinator coordinator = await CoordinatorAsync();
        return WirePreview.Of(await coordinator.PreviewAsync([.. edits.Select(e => e.ToRequest())], cancellationToken));
    }

    public async Task<long> RevertAsync(long[] versions, string? key, CancellationToken cancellationToken)
    {
        EditCoordinator coordinator = await CoordinatorAsync();
        return (await coordinator.RevertAsync([.. versions.Select(v => new ModelVersion(v))], key, cancellationToken)).Number;
    }

    /// <summary>The coordinator, made on first use, and again when that failed.</summary>
    private Task<EditCoordinator> CoordinatorAsync() => _coordinator is { IsFaulted: false, IsCanceled: false } made ? made : _coordinator = MakeAsync();

    private async Task<EditCoordinator> MakeAsync()
    {
        EditLedger ledger = await model.LedgerAsync(CancellationToken.None);
        ShardRunner runner = new(
            model.Folder.Architecture,
            model.Plan,
            [.. Enumerable.Range(0, model.Plan.Shards.Count).Select(i =>
                new GrainShard(grains.GetGrain<IShardGrain>(GrainKeys.Shard(this.GetPrimaryKeyString(), i)), model.Engine, model.Format))],
            model.Engine);

        // The editor's networks are not needed here, only what is to be known of it; they are loaded once a silo.
        IEditDrafter? drafter = model.Editor is { } editor ? new EditorDrafts(runner, editor, new ExampleEncoder(model.Folder.Architecture, model.Folder.Tokenizer)) : null;
        return new EditCoordinator(ledger, runner.Shards, drafter, new EditCoordinatorOptions(), model.Time);
    }
}
