using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// T5's relative positions (Raffel et al., 2020): a learned score per head for each of a few ranges of distances, added in every layer
/// of a stack. The table stands in the stack's first layer; it is tiny, so every stage reads it for itself.
/// </summary>
internal sealed class RelativePositions
{
    private readonly Weight _table;
    private readonly int _buckets;
    private readonly int _farthest;
    private readonly bool _bothWays;

    /// <summary>Loads the table.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="name">Full name of the table, [buckets, heads].</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="buckets">Number of ranges of distances.</param>
    /// <param name="farthest">Distance from which on all distances share the last range.</param>
    /// <param name="bothWays">Whether keys after the query have ranges of their own (an encoder).</param>
    public RelativePositions(ParameterSource parameters, string name, int heads, int buckets, int farthest, bool bothWays)
    {
        _table = parameters.Table(name, buckets, heads);
        _buckets = buckets;
        _farthest = farthest;
        _bothWays = bothWays;
    }

    /// <summary>The scores of a pass, [1, heads, queries, keys]; made once per pass and shard.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="queries">Number of new tokens.</param>
    /// <param name="past">Number of tokens before them.</param>
    public Tensor Scores(PassContext pass, int queries, int past) => pass.Memo(_bothWays ? "positions both ways" : $"positions {past} {queries}", () =>
    {
        int keys = past + queries;
        int[] ids = [.. Enumerable.Range(0, queries * keys).Select(i => Bucket((i % keys) - past - (i / keys), _buckets, _farthest, _bothWays))];
        using Tensor flat = pass.Engine.Embed(_table, ids);
        using Tensor scores = pass.Engine.Reshape(flat, [1, queries, keys, flat.Shape.Last]);
        return pass.Engine.Permute(scores, [0, 3, 1, 2]);
    });

    /// <summary>The range of a distance: near ones alone, far ones together on a logarithmic scale.</summary>
    /// <param name="distance">Position of the key minus position of the query.</param>
    /// <param name="buckets">Number of ranges.</param>
    /// <param name="farthest">Distance from which on all distances share the last range.</param>
    /// <param name="bothWays">Whether positive distances have ranges of their own; else they share that of 0.</param>
    internal static int Bucket(int distance, int buckets, int farthest, bool bothWays)
    {
        int first = 0;
        if (bothWays)
        {
            buckets /= 2;
            first = distance > 0 ? buckets : 0;
        }

        int away = bothWays ? Math.Abs(distance) : Math.Max(-distance, 0);
        int exact = buckets / 2;
        if (away < exact)
        {
            return first + away;
        }

        // In float32, as the models were trained: at exact powers float64 may round to the other side of a border.
        float share = MathF.Log(away / (float)exact) / MathF.Log(farthest / (float)exact);
        return first + Math.Min(exact + (int)(share * (buckets - exact)), buckets - 1);
    }
}
