using Mend.Models;
using Mend.Models.Execution;

namespace Mend.Editing;

/// <summary>Takes the fine-tuning gradient of edits apart into u and δ per edited layer; no weight-sized gradient is formed.</summary>
public static class GradientPass
{
    /// <summary>The lowest stage that an editor of these layers needs gradients in.</summary>
    /// <param name="architecture">The model.</param>
    /// <param name="layers">Full names of the edited layers.</param>
    public static int FirstStage(ModelArchitecture architecture, IEnumerable<string> layers) => layers.Min(architecture.StageOf);

    /// <summary>The pass that takes the gradients of several independent edits; the loss of each is n^e · mean NLL of its answer's n tokens.</summary>
    /// <param name="batch">The edits.</param>
    /// <param name="architecture">The model.</param>
    /// <param name="layers">Full names of the edited layers.</param>
    /// <param name="lengthExponent">e; the paper's is 0.</param>
    public static Pass Describe(ExampleBatch batch, ModelArchitecture architecture, IEnumerable<string> layers, float lengthExponent) => new()
    {
        Batch = batch.Inputs,
        Objective = batch.Likelihood(i => MathF.Pow(batch.Examples[i].TargetTokens.Length, lengthExponent)),
        GradientFrom = FirstStage(architecture, layers),
    };

    /// <summary>Signals of several independent edits in one pass.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="layers">Full names of the edited layers.</param>
    /// <param name="edits">The edits.</param>
    /// <param name="padding">What to fill batches with.</param>
    /// <param name="version">The version to read.</param>
    /// <param name="preview">Factors laid over it.</param>
    /// <param name="lengthExponent">See <see cref="Describe"/>.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    /// <param name="answerRowsOnly">Keeps only rows at which the answer is predicted, in layers whose rows are the output's.</param>
    /// <returns>Per edit, the signals of each layer, and the pass's answer for it.</returns>
    public static async Task<IReadOnlyList<EditSignals>> RunAsync(
        IPassRunner runner,
        IReadOnlyList<string> layers,
        IReadOnlyList<EncodedExample> edits,
        int padding,
        long version,
        IReadOnlyList<EditFactors> preview,
        float lengthExponent,
        CancellationToken cancellationToken,
        bool answerRowsOnly = false)
    {
        ExampleBatch batch = new(edits, runner.Architecture, padding);
        Pass pass = Describe(batch, runner.Architecture, layers, lengthExponent) with { Version = version, Preview = preview };
        EnteringStates entering = new(FirstStage(runner.Architecture, layers));
        (PassResult result, IReadOnlyDictionary<string, SignalHook> hooks) = await RunAsync(
            runner, layers, pass, cancellationToken, entering).ConfigureAwait(false);
        IReadOnlyList<ArraySegment<float>> logP = batch.PerExample(result.TokenLogProbabilities);
        IReadOnlyList<ArraySegment<int>> predictions = batch.PerExample(result.Predictions);
        return [.. edits.Select((edit, i) => new EditSignals(
            [.. layers.Select(layer => LayerSignals.Keep(layer, hooks[layer].U!, hooks[layer].Delta!, i, 1, answerRowsOnly && runner.Architecture.FollowsOutput(layer) ? edit.TargetRows.Contains : null))],
            -logP[i].Average(),
            predictions[i].AsSpan().SequenceEqual(edit.TargetTokens),
            entering.Of(i)))];
    }

    /// <summary>Runs a pass forward and backward and watches the edited layers.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="layers">Full names of the edited layers.</param>
    /// <param name="pass">Batch, objective, version and preview.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    /// <param name="entering">Keeps the state in front of a stage, or null.</param>
    /// <returns>The pass's answer, and u and δ of each layer over the whole batch.</returns>
    internal static async Task<(PassResult Result, IReadOnlyDictionary<string, SignalHook> Hooks)> RunAsync(
        IPassRunner runner, IReadOnlyList<string> layers, Pass pass, CancellationToken cancellationToken, EnteringStates? entering = null)
    {
        Dictionary<string, SignalHook> hooks = layers.ToDictionary(l => l, _ => new SignalHook());
        PassResult result = await runner.RunAsync(
            pass with { GradientFrom = FirstStage(runner.Architecture, layers) },
            new PassHooks { Layers = hooks.ToDictionary(h => h.Key, h => (ILayerHook)h.Value), Entering = entering },
            cancellationToken).ConfigureAwait(false);
        return (result, hooks);
    }
}
