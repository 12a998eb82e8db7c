using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>Makes the matrices of a version: the base's with its edits folded in.</summary>
internal static class EditFolding
{
    /// <summary>Folds every edited layer.</summary>
    /// <param name="folder">The base model.</param>
    /// <param name="factors">Active edits, oldest first.</param>
    /// <param name="engine">Where to fold.</param>
    /// <param name="type">The type that a matrix is to be written in.</param>
    /// <param name="cancellationToken">Looked at between matrices.</param>
    public static List<FoldedMatrix> All(
        ModelFolder folder, IReadOnlyList<EditFactors> factors, IEngine engine, Func<StoredTensor, float[], DType> type, CancellationToken cancellationToken)
    {
        List<FoldedMatrix> folded = [];
        foreach (IGrouping<string, EditFactors> layer in JointSolve.Resolve(factors).Where(f => f.Rank > 0).GroupBy(f => f.Layer))
        {
            cancellationToken.ThrowIfCancellationRequested();
            folded.Add(Fold(folder, engine, layer.Key, [.. layer], type));
        }

        return folded;
    }

    private static FoldedMatrix Fold(ModelFolder folder, IEngine engine, string layer, IReadOnlyList<EditFactors> edits, Func<StoredTensor, float[], DType> type)
    {
        ParameterSpec spec = folder.Architecture.Linear(layer);
        StoredTensor stored = StoredParameters.Get(folder.Checkpoint, layer);
        List<LowRankTerm> terms = [.. edits.Select(f => new LowRankTerm(
            engine.FromHost(f.U, [f.Rank, f.Inputs]), engine.FromHost(f.Delta, [f.Rank, f.Outputs]), f.Step))];
        try
        {
            using Weight weight = engine.LoadWeight(stored.Loaded(), spec.Layout!.Value);
            using Weight folded = engine.Fold(weight, terms);
            float[] before = Host(engine, weight);
            float[] after = Host(engine, folded);
            double edit = 0, size = 0;
            for (int i = 0; i < after.Length; i++)
            {
                edit += Square((double)after[i] - before[i]);
                size += Square(before[i]);
            }

            return new FoldedMatrix(stored, after, type(stored, after)) { EditNorm = Math.Sqrt(edit), BaseNorm = Math.Sqrt(size) };
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

    private static float[] Host(IEngine engine, Weight weight)
    {
        float[] values = new float[weight.Stored.Length];
        engine.ToHost(weight, 0, values);
        return values;
    }

    private static double Square(double x) => x * x;
}
