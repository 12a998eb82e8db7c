using Mend.Editing;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// The edits of one version over one shard's frozen layers: W x + Σ α Δ̃ᵀ(Ũ x). Where the summed rank passes a threshold
/// the layer is folded into a float32 copy. Edits are folded in fixed runs, oldest first, so the bits of a version do not
/// depend on how the process got there. Immutable; shared by the passes that read the version.
/// </summary>
public sealed class EditOverlay : IPassOverlay
{
    private readonly Dictionary<string, Layer> _layers = [];
    private int _leases = 1;

    private EditOverlay()
    {
    }

    /// <summary>Builds the overlay of a version.</summary>
    /// <param name="engine">The shard's engine.</param>
    /// <param name="weights">The shard's frozen layers by name.</param>
    /// <param name="factors">Active edits, oldest first; layers of other shards are passed over.</param>
    /// <param name="foldRank">Summed rank at which a run of edits is folded.</param>
    public static EditOverlay Build(IEngine engine, Func<string, Weight?> weights, IReadOnlyList<EditFactors> factors, int foldRank)
    {
        EditOverlay overlay = new();
        foreach (IGrouping<string, EditFactors> layer in factors.Where(f => f.Rank > 0).GroupBy(f => f.Layer))
        {
            if (weights(layer.Key) is { } weight)
            {
                overlay._layers[layer.Key] = Layer.Build(engine, weight, layer, foldRank);
            }
        }

        return overlay;
    }

    /// <summary>Bytes of factors and folded copies.</summary>
    public long ByteLength => _layers.Values.Sum(l => l.ByteLength);

    /// <inheritdoc/>
    public Value Forward(Tape tape, LinearLayer layer, Value x) => _layers.TryGetValue(layer.Name, out Layer? edited)
        ? edited.Forward(tape, layer, x)
        : tape.Linear(x, layer.Weight, layer.Bias);

    /// <summary>Keeps the overlay alive for one more user, who disposes it.</summary>
    public EditOverlay Lease()
    {
        Interlocked.Increment(ref _leases);
        return this;
    }

    /// <summary>Gives it back; its tensors go with the last user.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _leases) == 0)
        {
            foreach (Layer layer in _layers.Values)
            {
                layer.Dispose();
            }
        }
    }

    private sealed class Layer : IDisposable
    {
        private Weight? _folded;
        private Tensor? _u;
        private Tensor? _delta;

        public long ByteLength => (_folded?.ByteLength ?? 0) + (((_u?.Shape.Length ?? 0) + (_delta?.Shape.Length ?? 0)) * sizeof(float));

        public static Layer Build(IEngine engine, Weight weight, IEnumerable<EditFactors> edits, int foldRank)
        {
            Layer layer = new();
            List<EditFactors> run = [];
            int rank = 0;
            foreach (EditFactors edit in edits)
            {
                run.Add(edit);
                rank += edit.Rank;
                if (rank >= foldRank)
                {
                    layer.Fold(engine, weight, run);
                    run.Clear();
                    rank = 0;
                }
            }

            if (rank > 0)
            {
                EditFactors first = run[0];
                float[] u = [.. run.SelectMany(f => f.U)];
                float[] delta = [.. run.SelectMany(f => f.Delta.Select(d => f.Step * d))];
                layer._u = engine.FromHost(u, [rank, first.Inputs]);
                layer._delta = engine.FromHost(delta, [rank, first.Outputs]);
            }

            return layer;
        }

        public Value Forward(Tape tape, LinearLayer layer, Value x)
        {
            Value y = tape.Linear(x, _folded ?? layer.Weight, layer.Bias);
            if (_u is null || _delta is null)
            {
                return y;
            }

            Value rows = tape.Reshape(x, [checked((int)x.Shape.Rows), x.Shape.Last]);
            Value change = tape.MatMul(tape.MatMul(rows, tape.Constant(_u), transposeB: true), tape.Constant(_delta));
            return tape.Add(y, tape.Reshape(change, y.Shape));
        }

        public void Dispose()
        {
            _folded?.Dispose();
            _u?.Dispose();
            _delta?.Dispose();
        }

        private void Fold(IEngine engine, Weight weight, List<EditFactors> run)
        {
            List<LowRankTerm> terms = [];
            try
            {
                foreach (EditFactors f in run)
                {
                    terms.Add(new LowRankTerm(engine.FromHost(f.U, [f.Rank, f.Inputs]), engine.FromHost(f.Delta, [f.Rank, f.Outputs]), f.Step));
                }

                Weight folded = engine.Fold(_folded ?? weight, terms);
                _folded?.Dispose();
                _folded = folded;
            }
            finally
            {
                foreach (LowRankTerm term in terms)
                {
                    term.U.Dispose();
                    term.Delta.Dispose();
                }
            }
        }
    }
}
