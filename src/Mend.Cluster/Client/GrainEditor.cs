using Mend.Editing;
using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>The editor grains of one shard's layers, as the shard asks them: of the editor that a pass names, on this silo.</summary>
internal sealed class GrainEditor(IGrainFactory grains, SiloModel model, int shard, SiloEditor? editor = null) : ILayerEditor
{
    public IReadOnlyList<string> Layers { get; } = [.. (editor?.Layers ?? []).Select(l => l.Name)];

    public bool AnswerRowsOnly => editor?.AnswerRowsOnly == true;

    public async Task<ILayerEditor> ForAsync(EditorReference? reference, CancellationToken cancellationToken) => reference is null
        ? throw new ArgumentException("A pass that drafts edits in a cluster must name its editor.", nameof(reference))
        : new GrainEditor(grains, model, shard, await model.Editors.GetAsync(reference, cancellationToken).ConfigureAwait(false));

    public Task<EditFactors> FactorsAsync(LayerSignals signals, CancellationToken cancellationToken) => Faults.GuardAsync(
        $"The editor of {signals.Layer}",
        async () =>
        {
            IEditorGrain grain = grains.GetGrain<IEditorGrain>(GrainKeys.Editor(model.Options.Name, shard, signals.Layer));
            return (await grain.FactorsAsync(WireSignals.Of(signals, editor!.Reference), cancellationToken).ConfigureAwait(false)).ToFactors();
        },
        cancellationToken);
}
