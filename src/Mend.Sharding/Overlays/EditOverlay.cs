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
    /// <param name="factors">Active edits, oldest first; layers of other shards are passed over. What they ask of a joint solve is solved here.</param>
    /// <param name="foldRank">Summed rank at which a run of edits is folded.</param>
    public static EditOverlay Build(IEngine engine, Func<string, Weight?> weights, IReadOnlyList<EditFactors> factors, int foldRank)
    {
        EditOverlay overlay = new();
        try
        {
            IReadOnlyList<EditFactors> changes = JointSolve.Resolve([.. factors.Where(f => f.Rank > 0 && weights(f.Layer) is not null)]);
            foreach (IGrouping<string, EditFactors> layer in changes.GroupBy(f => f.Layer))
            {
                Layer edited = overlay._layers[layer.Key] = new Layer();
                edited.Build(engine, weights(layer.Key)!, layer, foldRank);
            }

            return overlay;
        }
        catch
        {
            overlay.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of factors and folded copies.</summary>
    public long ByteLength => _layers.Values.Sum(l => l.ByteLength);

    /// <inheritdoc/>
    public bool Changes(string layer) => _layers.ContainsKey(layer);

    /// <inheritdoc/>
    public Value Forward(Tape tape, LinearLayer layer, Value x) => _layers.TryGetValue(layer.Name, out Layer? edited)
        ? edited.Forward(tape, layer, x)
        : tape.Linear(x, layer.Weight, layer.Bias);

    /// <summary>Keeps the overlay alive for one more user, who disposes it.</summary>
    /// <returns>Whether it was still alive.</returns>
    public bool TryLease()
    {
        for (int now = Volatile.Read(ref _leases); now > 0;)
        {
            int seen = Interlocked.CompareExchange(ref _leases, now + 1, now);
            if (seen == now)
            {
                return true;
            }

            now = seen;
        }

        return false;
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
        private LowRankChange? _rest;

        public long ByteLength => (_folded?.ByteLength ?? 0) + (_rest?.ByteLength ?? 0);

        public void Build(IEngine engine, Weight weight, IEnumerable<EditFactors> edits, int foldRank)
        {
            List<EditFactors> run = [];
            int rank = 0;
            foreach (EditFactors edit in edits)
            {
                run.Add(edit);
                rank += edit.Rank;
                if (rank >= foldRank)
                {
                    Fold(engine, weight, run);
                    run.Clear();
                    rank = 0;
                }
            }

            _rest = rank > 0 ? LowRankChange.Of(engine, run) : null;
        }

        public Value Forward(Tape tape, LinearLayer layer, Value x)
        {
            Value y = tape.Linear(x, _folded ?? layer.Weight, layer.Bias);
            return _rest?.AddTo(tape, x, y) ?? y;
        }

        public void Dispose()
        {
            _folded?.Dispose();
            _rest?.Dispose();
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
