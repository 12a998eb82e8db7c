using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// Sends the tokens of a mixture to their experts (Shazeer et al., 2017). Scores are float32 whatever type the weights are stored in and the
/// device multiplies in: two experts whose scores round to one would be chosen by chance. Gradients flow through the weights of the
/// chosen experts; the choice itself has none.
/// </summary>
internal sealed class ExpertRouter
{
    private readonly Tensor _weight;
    private readonly Tensor? _correction;
    private readonly ExpertRouting _routing;

    /// <summary>Loads the router.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">"model.layers.3.mlp.gate".</param>
    /// <param name="width">Size of the hidden states.</param>
    /// <param name="routing">How tokens are sent.</param>
    /// <param name="corrected">Whether a number per expert is added to the scores that experts are chosen by, which their weights do not see.</param>
    public ExpertRouter(ParameterSource parameters, string prefix, int width, ExpertRouting routing, bool corrected)
    {
        _weight = parameters.Tensor($"{prefix}.weight", [routing.Experts, width]);
        _correction = corrected ? parameters.Tensor($"{prefix}.e_score_correction_bias", [routing.Experts]) : null;
        _routing = routing;
    }

    /// <summary>Chooses the experts of tokens.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">[tokens, width].</param>
    /// <param name="position">Position of each token in its text.</param>
    /// <returns>The experts, row-major [tokens, per token], ascending per token; and their weights, [tokens, per token].</returns>
    public (int[] Chosen, Value Weights) Route(Tape tape, Value x, Func<int, int> position)
    {
        Value logits = tape.MatMul(x, tape.Constant(_weight), transposeB: true);
        Value scores = _routing.Sigmoid ? tape.Unary(UnaryOp.Sigmoid, logits) : logits;
        int[] chosen = Choose(tape.Engine, scores.Data, position);
        return (chosen, tape.Scale(Weights(tape, logits, scores, chosen), _routing.Scale));
    }

    /// <summary>A softmax leaves the order of the logits as it is, so its experts are chosen by these.</summary>
    private int[] Choose(IEngine engine, Tensor scores, Func<int, int> position)
    {
        (int experts, int perToken) = (_routing.Experts, _routing.PerToken);
        float[] judged = new float[scores.Shape.Length];
        using (Tensor corrected = _correction is null ? engine.Share(scores) : engine.Add(scores, _correction))
        {
            engine.ToHost(corrected, judged);
        }

        int tokens = judged.Length / experts;
        int[] chosen = new int[tokens * perToken];
        for (int i = 0; i < tokens; i++)
        {
            ExpertChoice.Choose(judged.AsSpan(i * experts, experts), _routing, position(i), chosen.AsSpan(i * perToken, perToken));
        }

        return chosen;
    }

    private Value Weights(Tape tape, Value logits, Value scores, int[] chosen)
    {
        if (!_routing.Normalised)
        {
            return Pick(tape, _routing.Sigmoid ? scores : tape.Softmax(logits), chosen);
        }

        // e^a/Σ e^a over the chosen is their softmax; σ(l) = e^a with a = −log(1 + e^−l).
        Value own = Pick(tape, logits, chosen);
        return tape.Softmax(_routing.Sigmoid ? tape.Scale(tape.Unary(UnaryOp.Softplus, tape.Scale(own, -1f)), -1f) : own);
    }

    /// <summary>The chosen of each row: [tokens, per token].</summary>
    private Value Pick(Tape tape, Value x, int[] chosen)
    {
        (int experts, int perToken) = (_routing.Experts, _routing.PerToken);
        int[] places = new int[chosen.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = (i / perToken * experts) + chosen[i];
        }

        Value column = tape.Reshape(x, [x.Shape[0] * experts, 1]);
        return tape.Reshape(tape.GatherRows(column, places), [x.Shape[0], perToken]);
    }
}
