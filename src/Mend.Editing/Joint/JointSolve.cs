using System.Numerics.Tensors;

namespace Mend.Editing;

/// <summary>
/// Makes the change of a version out of what its live edits ask for: per layer the smallest ΔW, measured in the metric M of the layer's
/// inputs, that gives every key of every edit its shift. With the keys K [n, in] and shifts R [n, out] of all edits stacked,
/// ΔW = Rᵀ (I + K M⁻¹ Kᵀ)⁻¹ K M⁻¹, the minimum of ‖ΔW Kᵀ − Rᵀ‖² + tr(ΔW M ΔWᵀ) (the ridge solve of MEMIT, Meng et al., 2023, equation 14, in its
/// dual form, which needs no matrix of the layer's size). The change depends on the set of edits and not on their order: rows are sorted by
/// subject, and each number is computed in one order.
/// </summary>
public static class JointSolve
{
    /// <summary>
    /// Replaces what is asked for by the change that gives it; changes that stand as they are keep their place, and what they do already is
    /// taken off what edits after them ask for.
    /// </summary>
    /// <param name="factors">Factors of any layers, in order of their edits.</param>
    /// <returns>Changes without <see cref="EditFactors.Joint"/>: those that stand, then one for each layer and metric.</returns>
    public static IReadOnlyList<EditFactors> Resolve(IReadOnlyList<EditFactors> factors) => factors.All(f => f.Joint is null) ? factors :
    [
        .. factors.Where(f => f.Joint is null),
        .. Net(factors.Where(f => f.Rank > 0))
            .GroupBy(f => (f.Layer, f.Joint!.Metric))
            .OrderBy(g => g.Key.Layer, StringComparer.Ordinal).ThenBy(g => g.Key.Metric, StringComparer.Ordinal)
            .Select(g => Solve(g.Key.Layer, Live(g))),
    ];

    /// <summary>Contributions without what changes before them do at their keys.</summary>
    private static IEnumerable<EditFactors> Net(IEnumerable<EditFactors> factors)
    {
        Dictionary<string, EditFactors[]> standing = [];
        List<(EditFactors Asked, EditFactors[] Before)> asked = [];
        foreach (EditFactors f in factors)
        {
            EditFactors[] before = standing.GetValueOrDefault(f.Layer, []);
            if (f.Joint is null)
            {
                standing[f.Layer] = [.. before, f];
            }
            else
            {
                asked.Add((f, before));
            }
        }

        return asked.AsParallel().AsOrdered().Select(a => a.Before.Length == 0 ? a.Asked : Without(a.Asked, a.Before));
    }

    /// <summary>R - Σ α (K Ũᵀ) Δ̃ in place of R.</summary>
    private static EditFactors Without(EditFactors asked, EditFactors[] standing)
    {
        float[] net = [.. asked.Delta];
        for (int row = 0; row < asked.Rank; row++)
        {
            Span<float> own = net.AsSpan(row * asked.Outputs, asked.Outputs);
            foreach (EditFactors change in standing)
            {
                for (int i = 0; i < change.Rank; i++)
                {
                    float strength = -change.Step * (float)Dot(asked.Joint!.Keys, row, change.U, i, asked.Inputs);
                    TensorPrimitives.MultiplyAdd(change.Delta.AsSpan(i * asked.Outputs, asked.Outputs), strength, own, own);
                }
            }
        }

        return new EditFactors(asked.Layer, asked.Rank, asked.Inputs, asked.Outputs, asked.U, net, asked.Step, asked.Joint);
    }

    /// <summary>The newest contribution for each subject, sorted by subject.</summary>
    private static List<EditFactors> Live(IEnumerable<EditFactors> contributions) =>
        [.. contributions.GroupBy(c => c.Joint!.Subject).Select(g => g.Last()).OrderBy(c => c.Joint!.Subject, StringComparer.Ordinal)];

    private static EditFactors Solve(string layer, List<EditFactors> edits)
    {
        (SymmetricSolver system, float[] inMetric, double[] shifts) = Equations(layer, edits);
        (int rows, int inputs, int outputs) = (edits.Sum(e => e.Rank), edits[0].Inputs, edits[0].Outputs);
        system.Solve(shifts, outputs);
        float[] solved = new float[shifts.Length];
        TensorPrimitives.ConvertTruncating<double, float>(shifts, solved);
        return new EditFactors(layer, rows, inputs, outputs, inMetric, solved, 1);
    }

    /// <summary>The live contributions to each layer, in the order in which they are solved; of one metric a layer.</summary>
    /// <param name="factors">Factors of any layers, in order of their edits.</param>
    internal static IReadOnlyDictionary<string, List<EditFactors>> Contributions(IReadOnlyList<EditFactors> factors) =>
        factors.Where(f => f.Joint is not null && f.Rank > 0).GroupBy(f => f.Layer).ToDictionary(g => g.Key, Live);

    /// <summary>I + K M⁻¹ Kᵀ factored, K M⁻¹ [n, in], and R [n, out] of contributions to one layer.</summary>
    internal static (SymmetricSolver System, float[] InMetric, double[] Shifts) Equations(string layer, List<EditFactors> edits)
    {
        (int inputs, int outputs, int rows) = (edits[0].Inputs, edits[0].Outputs, edits.Sum(e => e.Rank));
        if (edits.Find(e => e.Inputs != inputs || e.Outputs != outputs) is { } other)
        {
            throw new Mend.Tensors.ShapeException(
                $"Edits of '{layer}' are made for {inputs}x{outputs} and for {other.Inputs}x{other.Outputs}; they belong to different models.");
        }

        float[] keys = Stack(edits, rows * inputs, e => e.Joint!.Keys);
        float[] inMetric = Stack(edits, rows * inputs, e => e.U);
        double[] gram = new double[rows * rows];
        Parallel.For(0, rows, i =>
        {
            for (int k = 0; k <= i; k++)
            {
                gram[(i * rows) + k] = Dot(keys, i, inMetric, k, inputs) + (i == k ? 1 : 0);
            }
        });
        double[] shifts = new double[rows * outputs];
        TensorPrimitives.ConvertTruncating<float, double>(Stack(edits, rows * outputs, e => e.Delta), shifts);
        return (SymmetricSolver.Factor(gram, rows), inMetric, shifts);
    }

    private static double Dot(float[] a, int i, float[] b, int k, int width) =>
        TensorPrimitives.Dot<float>(a.AsSpan(i * width, width), b.AsSpan(k * width, width));

    private static float[] Stack(List<EditFactors> edits, int length, Func<EditFactors, float[]> values)
    {
        float[] stacked = new float[length];
        int at = 0;
        foreach (EditFactors edit in edits)
        {
            values(edit).CopyTo(stacked, at);
            at += values(edit).Length;
        }

        return stacked;
    }
}
