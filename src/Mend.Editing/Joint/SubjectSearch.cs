using System.Numerics.Tensors;
using Mend.Models.Execution;

namespace Mend.Editing;

/// <summary>
/// Finds the position of a prompt at which a shift says most for the answer at the least cost to other inputs, where nobody names the
/// subject: the one with the greatest ‖δ‖² · k M⁻¹ kᵀ in the first edited layer, the decrease of the loss to first order by a change of cost 1.
/// </summary>
public static class SubjectSearch
{
    /// <summary>Searches.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="editor">The joint editor.</param>
    /// <param name="method">Its metrics.</param>
    /// <param name="examples">Prompts with their answers, computed in one batch.</param>
    /// <param name="padding">What to fill batches with.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    /// <returns>A position of each prompt, at least 1 and at most that of the prompt's last token.</returns>
    public static async Task<IReadOnlyList<IReadOnlyList<int>>> RunAsync(
        IPassRunner runner, IEditor editor, JointMethod method, IReadOnlyList<EncodedExample> examples, int padding, CancellationToken cancellationToken)
    {
        EditedLayer layer = editor.Layers[0];
        ExampleBatch batch = new(examples, runner.Architecture, padding);
        Pass pass = GradientPass.Describe(batch, runner.Architecture, [layer.Name], 1);
        (_, IReadOnlyDictionary<string, SignalHook> hooks) = await GradientPass.RunAsync(runner, [layer.Name], pass, cancellationToken).ConfigureAwait(false);
        float[] u = hooks[layer.Name].U!.Data, delta = hooks[layer.Name].Delta!.Data;
        float[] inMetric = method.Metrics[layer.Name].Times(u);
        return [.. examples.Select((e, i) => (IReadOnlyList<int>)[Enumerable.Range(1, e.TargetRows[0]).MaxBy(row =>
        {
            int at = (i * batch.Inputs.OutputLength) + row;
            return TensorPrimitives.SumOfSquares<float>(delta.AsSpan(at * layer.Outputs, layer.Outputs))
                * TensorPrimitives.Dot<float>(u.AsSpan(at * layer.Inputs, layer.Inputs), inMetric.AsSpan(at * layer.Inputs, layer.Inputs));
        })])];
    }
}
