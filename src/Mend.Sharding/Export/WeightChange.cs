using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>How far edits move a layer.</summary>
public static class WeightChange
{
    /// <summary>‖ΔW‖/‖W‖ in the Frobenius norm.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="engine">Where to compute.</param>
    /// <param name="layer">The layer's full name.</param>
    /// <param name="changes">Its changes, none of which waits for a joint solve.</param>
    public static double Of(ModelFolder folder, IEngine engine, string layer, IReadOnlyList<EditFactors> changes)
    {
        ParameterSpec spec = folder.Architecture.Linear(layer);
        using Tensor sum = engine.Zeros([spec.In, spec.Out]);
        foreach (EditFactors change in changes)
        {
            using Tensor u = engine.FromHost(change.U, [change.Rank, change.Inputs]);
            using Tensor delta = engine.FromHost(change.Delta, [change.Rank, change.Outputs]);
            using Tensor product = engine.MatMul(u, delta, transposeA: true);
            engine.Accumulate(sum, product, change.Step);
        }

        using Weight weight = engine.LoadWeight(StoredParameters.Get(folder.Checkpoint, layer).Loaded(), spec.Layout!.Value);
        float[] values = new float[weight.Stored.Length];
        engine.ToHost(weight, 0, values);
        return Math.Sqrt(engine.SumOfSquares(sum) / System.Numerics.Tensors.TensorPrimitives.SumOfSquares<float>(values));
    }
}
