namespace Mend.Cluster;

/// <summary>The grain of one layer's editor network, on the silo of the layer's shard: u and δ do not leave the silo.</summary>
[ShardPlacement]
[Reentrant]
internal sealed class EditorGrain(SiloShards shards, IGrainContext context) : Grain, IEditorGrain
{
    private readonly string _layer = GrainKeys.Layer(context.GrainId.Key.ToString()!);

    public async Task<WireFactors> FactorsAsync(WireSignals signals, CancellationToken cancellationToken)
    {
        if (signals.Layer != _layer)
        {
            throw new ArgumentException($"The editor of '{_layer}' was given signals of '{signals.Layer}'.");
        }

        SiloEditor editor = await shards.Editors.GetAsync(signals.Editor!.ToReference(), cancellationToken);
        return WireFactors.Of(await Task.Run(() => editor.Factors(signals.ToSignals()), cancellationToken));
    }
}
