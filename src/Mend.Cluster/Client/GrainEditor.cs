using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>The editor grains of one shard's layers, as the shard asks them.</summary>
internal sealed class GrainEditor(IGrainFactory grains, SiloModel model, IEditor editor, int shard) : ILayerEditor
{
    public IReadOnlyList<string> Layers { get; } = [.. editor.Layers.Select(l => l.Name)];

    public bool AnswerRowsOnly => editor.AnswerRowsOnly;

    public Task<EditFactors> FactorsAsync(LayerSignals signals, CancellationToken cancellationToken) => Faults.GuardAsync($"The editor of {signals.Layer}", async () =>
    {
        IEditorGrain grain = grains.GetGrain<IEditorGrain>(GrainKeys.Editor(model.Options.Name, shard, signals.Layer));
        return (await grain.FactorsAsync(WireSignals.Of(signals), cancellationToken).ConfigureAwait(false)).ToFactors();
    });
}
