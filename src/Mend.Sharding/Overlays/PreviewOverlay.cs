using Mend.Editing;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>What a pass reads in place of the frozen layers; disposed when the pass is over.</summary>
public interface IPassOverlay : ILayerOverlay, IDisposable
{
}

/// <summary>Factors that were never committed, on top of a version, for one pass; each batch row may see them at a strength of its own.</summary>
internal sealed class PreviewOverlay : IPassOverlay
{
    private readonly EditOverlay? _committed;
    private readonly Dictionary<string, List<(LowRankChange Change, Tensor? Scales)>> _layers = [];

    /// <summary>Builds the overlay.</summary>
    /// <param name="engine">The shard's engine.</param>
    /// <param name="weights">The shard's frozen layers by name.</param>
    /// <param name="committed">The version's own edits; disposed with the overlay.</param>
    /// <param name="pass">The pass with its factors.</param>
    public PreviewOverlay(IEngine engine, Func<string, Weight?> weights, EditOverlay? committed, Pass pass)
    {
        _committed = committed;
        try
        {
            if (pass.PreviewScales is { } each && each.Length != pass.Batch.Size)
            {
                throw new ShapeException($"{each.Length} preview scales do not fit a batch of {pass.Batch.Size} rows; give one for each row.");
            }

            Add(engine, weights, pass.Before, null);
            Add(engine, weights, pass.Preview, pass.PreviewScales);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public bool Changes(string layer) => _layers.ContainsKey(layer) || _committed?.Changes(layer) == true;

    public Value Forward(Tape tape, LinearLayer layer, Value x)
    {
        Value y = _committed?.Forward(tape, layer, x) ?? tape.Linear(x, layer.Weight, layer.Bias);
        foreach ((LowRankChange change, Tensor? scales) in _layers.GetValueOrDefault(layer.Name) ?? [])
        {
            y = change.AddTo(tape, x, y, scales);
        }

        return y;
    }

    public void Dispose()
    {
        _committed?.Dispose();
        foreach ((LowRankChange change, Tensor? scales) in _layers.Values.SelectMany(l => l))
        {
            change.Dispose();
            scales?.Dispose();
        }

        _layers.Clear();
    }

    private void Add(IEngine engine, Func<string, Weight?> weights, IReadOnlyList<EditFactors> factors, float[]? scales)
    {
        foreach (IGrouping<string, EditFactors> layer in factors.Where(f => f.Rank > 0 && weights(f.Layer) is not null).GroupBy(f => f.Layer))
        {
            if (!_layers.TryGetValue(layer.Key, out List<(LowRankChange, Tensor?)>? terms))
            {
                _layers[layer.Key] = terms = [];
            }

            Tensor? perRow = scales is null ? null : engine.FromHost(scales, [scales.Length, 1, 1]);
            try
            {
                terms.Add((LowRankChange.Of(engine, [.. layer]), perRow));
            }
            catch
            {
                perRow?.Dispose();
                throw;
            }
        }
    }
}
