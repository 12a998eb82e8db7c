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
    private readonly Dictionary<string, List<(Tensor U, Tensor Delta, Tensor? Scales)>> _layers = [];

    /// <summary>Builds the overlay.</summary>
    /// <param name="engine">The shard's engine.</param>
    /// <param name="weights">The shard's frozen layers by name.</param>
    /// <param name="committed">The version's own edits; disposed with the overlay.</param>
    /// <param name="pass">The pass with its factors.</param>
    public PreviewOverlay(IEngine engine, Func<string, Weight?> weights, EditOverlay? committed, Pass pass)
    {
        _committed = committed;
        Add(engine, weights, pass.Before, null);
        Add(engine, weights, pass.Preview, pass.PreviewScales);
    }

    public Value Forward(Tape tape, LinearLayer layer, Value x)
    {
        Value y = _committed?.Forward(tape, layer, x) ?? tape.Linear(x, layer.Weight, layer.Bias);
        foreach ((Tensor u, Tensor delta, Tensor? scales) in _layers.GetValueOrDefault(layer.Name) ?? [])
        {
            Value rows = tape.Reshape(x, [checked((int)x.Shape.Rows), x.Shape.Last]);
            Value change = tape.MatMul(tape.MatMul(rows, tape.Constant(u), transposeB: true), tape.Constant(delta));
            change = tape.Reshape(change, y.Shape);
            y = tape.Add(y, scales is null ? change : tape.Multiply(change, tape.Constant(scales)));
        }

        return y;
    }

    public void Dispose()
    {
        _committed?.Dispose();
        foreach ((Tensor u, Tensor delta, Tensor? scales) in _layers.Values.SelectMany(l => l))
        {
            u.Dispose();
            delta.Dispose();
            scales?.Dispose();
        }

        _layers.Clear();
    }

    private void Add(IEngine engine, Func<string, Weight?> weights, IReadOnlyList<EditFactors> factors, float[]? scales)
    {
        foreach (IGrouping<string, EditFactors> layer in factors.Where(f => f.Rank > 0 && weights(f.Layer) is not null).GroupBy(f => f.Layer))
        {
            if (!_layers.TryGetValue(layer.Key, out List<(Tensor, Tensor, Tensor?)>? terms))
            {
                _layers[layer.Key] = terms = [];
            }

            EditFactors first = layer.First();
            int rank = layer.Sum(f => f.Rank);
            terms.Add((
                engine.FromHost([.. layer.SelectMany(f => f.U)], [rank, first.Inputs]),
                engine.FromHost([.. layer.SelectMany(f => f.Delta.Select(d => f.Step * d))], [rank, first.Outputs]),
                scales is null ? null : engine.FromHost(scales, [scales.Length, 1, 1])));
        }
    }
}
