using Mend.Editing;
using Mend.Ledger;

namespace Mend.Cluster;

/// <summary>The grain of one layer's editor network, on the silo of the layer's shard: u and δ do not leave the silo.</summary>
[ShardPlacement]
[Reentrant]
internal sealed class EditorGrain(SiloShards shards, IGrainContext context) : Grain, IEditorGrain
{
    private readonly string _layer = GrainKeys.Layer(context.GrainId.Key.ToString()!);

    public async Task<WireFactors> FactorsAsync(WireSignals signals, CancellationToken cancellationToken)
    {
        IEditor editor = shards.Editor ?? throw new RetryableException("The silo's editor is not loaded yet; send the edit again.");
        if (signals.Layer != _layer)
        {
            throw new ArgumentException($"The editor of '{_layer}' was given signals of '{signals.Layer}'.");
        }

        return WireFactors.Of(await Task.Run(() => editor.Factors(signals.ToSignals()), cancellationToken));
    }
}
