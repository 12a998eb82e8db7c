using Mend.Models;

namespace Mend.Editing;

/// <summary>
/// The loss that fine-tuning steps down: the mean NLL of the answer's tokens, plus, for "ft-kl", a weight times
/// KL(base ‖ edited) on unrelated prompts. The edit is the batch's first example. Immutable.
/// </summary>
internal sealed class TuningLoss
{
    private readonly IPassRunner _runner;
    private readonly IReadOnlyList<string> _layers;
    private readonly Pass _pass;
    private readonly Objective _divergence;

    private TuningLoss(IPassRunner runner, IReadOnlyList<string> layers, Pass pass, Objective divergence) =>
        (_runner, _layers, _pass, _divergence) = (runner, layers, pass, divergence);

    /// <summary>Prepares the loss; asks the model for its own view of the unrelated prompts, if there are any.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="layers">Full names of the edited layers.</param>
    /// <param name="edit">The prompt with the wanted answer.</param>
    /// <param name="unrelated">Prompts to hold; none for the NLL alone.</param>
    /// <param name="options">Weight and positions of the divergence.</param>
    /// <param name="padding">What to fill batches with.</param>
    /// <param name="version">The version that the edit goes on top of, the "base" of the divergence.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    public static async Task<TuningLoss> PrepareAsync(
        IPassRunner runner,
        IReadOnlyList<string> layers,
        EncodedExample edit,
        IReadOnlyList<EncodedExample> unrelated,
        FineTuningOptions options,
        int padding,
        long version,
        CancellationToken cancellationToken)
    {
        ExampleBatch batch = new([edit, .. unrelated], runner.Architecture, padding);
        Objective likelihood = new() { LikelihoodRows = [.. batch.Rows(0)], LikelihoodTokens = edit.TargetTokens };
        Pass pass = new() { Batch = batch.Inputs, Objective = likelihood, Version = version };
        int[] rows = [.. Enumerable.Range(1, unrelated.Count).SelectMany(i => HeldRows(batch, i, runner.Architecture.Task, options.DivergenceAt))];
        if (rows.Length == 0)
        {
            return new TuningLoss(runner, layers, pass, Objective.None);
        }

        PassResult reference = await runner.RunAsync(
            pass with { Objective = Objective.None, Outputs = PassOutputs.LogProbabilities, OutputRows = rows }, PassHooks.None, cancellationToken).ConfigureAwait(false);
        return new TuningLoss(runner, layers, pass, likelihood with
        {
            DivergenceRows = rows,
            DivergenceWeights = [.. Enumerable.Repeat(options.DivergenceWeight / rows.Length, rows.Length)],
            Reference = reference.LogProbabilities!.Data,
        });
    }

    /// <summary>The gradient with respect to the edited layers.</summary>
    /// <param name="preview">The change so far.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    public async Task<TuningGradient> GradientAsync(IReadOnlyList<EditFactors> preview, CancellationToken cancellationToken)
    {
        // Without a change the divergence is at its minimum: its gradient is 0, and rounding errors would only add rank.
        bool held = preview.Count > 0 && _divergence.DivergenceRows.Length > 0;
        Pass pass = _pass with { Objective = held ? _divergence : _pass.Objective, Preview = preview };
        (PassResult result, IReadOnlyDictionary<string, SignalHook> hooks) =
            await GradientPass.RunAsync(_runner, _layers, pass, cancellationToken).ConfigureAwait(false);
        return new TuningGradient(
            [.. _layers.Select(l => LayerSignals.Keep(l, hooks[l].U!, hooks[l].Delta!, 0, _pass.Batch.Size))],
            result.Likelihood + result.Divergence,
            result.Predictions.AsSpan().SequenceEqual(_pass.Objective.LikelihoodTokens),
            MathF.Exp(result.TokenLogProbabilities.Min()));
    }

    private static IEnumerable<int> HeldRows(ExampleBatch batch, int example, ModelTask task, LocalityPositions positions) =>
        positions == LocalityPositions.Answer || task == ModelTask.Classification
            ? batch.Rows(example)
            : Enumerable.Range(example * batch.Inputs.OutputLength, batch.Examples[example].OutputLength);
}

/// <summary>What one gradient pass of fine-tuning finds out.</summary>
/// <param name="Layers">u and δ per edited layer, over the whole batch.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Predicted">Whether every token of the answer is the most likely one.</param>
/// <param name="Confidence">Least probability of a token of the answer.</param>
internal sealed record TuningGradient(IReadOnlyList<LayerSignals> Layers, double Loss, bool Predicted, float Confidence);
