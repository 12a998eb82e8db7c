using Mend.Tensors;

namespace Mend.Editing;

/// <summary>Computes an <see cref="Objective"/> from logits and seeds its gradient.</summary>
public static class ObjectiveOnTape
{
    /// <summary>The rows of logits that an objective needs, likelihood first; null when it needs none.</summary>
    /// <param name="objective">The objective.</param>
    public static int[]? Rows(Objective objective) =>
        objective.LikelihoodRows.Length + objective.DivergenceRows.Length == 0 ? null : [.. objective.LikelihoodRows, .. objective.DivergenceRows];

    /// <summary>Evaluates the objective and seeds the tape with its derivative.</summary>
    /// <param name="tape">The tape that made the logits.</param>
    /// <param name="logits">[likelihood rows + divergence rows, vocabulary], as <see cref="Rows"/> orders them.</param>
    /// <param name="objective">The objective.</param>
    public static PassResult Evaluate(Tape tape, Value logits, Objective objective)
    {
        IEngine engine = tape.Engine;
        int likely = objective.LikelihoodRows.Length;
        int held = objective.DivergenceRows.Length;
        Value logP = tape.LogSoftmax(logits);
        PassResult result = new();
        if (likely > 0)
        {
            Value picked = tape.Pick(held == 0 ? logP : tape.Narrow(logP, 0, 0, likely), objective.LikelihoodTokens);
            float[] values = HostTensor.From(engine, picked.Data).Data;
            float[] seed = new float[likely];
            double loss = 0;
            for (int i = 0; i < likely; i++)
            {
                float weight = objective.LikelihoodWeight(i);
                seed[i] = -weight;
                loss -= (double)weight * values[i];
            }

            using Tensor gradient = engine.FromHost(seed, picked.Shape);
            tape.Seed(picked, gradient);
            using Tensor answers = engine.Narrow(logits.Data, 0, 0, likely);
            result = result with { Likelihood = loss, TokenLogProbabilities = values, Predictions = engine.ArgMax(answers) };
        }

        return held == 0 ? result : result with { Divergence = Divergence(tape, tape.Narrow(logP, 0, likely, held), objective) };
    }

    /// <summary>KL(p ‖ q) = Σ p (log p − log q); only −Σ p log q depends on the edit, so −w·p is the seed.</summary>
    private static double Divergence(Tape tape, Value logQ, Objective objective)
    {
        int width = logQ.Shape.Last;
        float[] q = HostTensor.From(tape.Engine, logQ.Data).Data;
        float[] seed = new float[q.Length];
        double loss = 0;
        for (int i = 0; i < objective.DivergenceRows.Length; i++)
        {
            double row = 0;
            float weight = objective.DivergenceWeight(i);
            for (int v = i * width; v < (i + 1) * width; v++)
            {
                float p = MathF.Exp(objective.Reference[v]);
                seed[v] = -weight * p;

                // 0 · log 0 is 0: a token that the reference rules out does not count.
                row += p == 0 ? 0 : (double)p * (objective.Reference[v] - q[v]);
            }

            loss += weight * row;
        }

        using Tensor gradient = tape.Engine.FromHost(seed, logQ.Shape);
        tape.Seed(logQ, gradient);
        return loss;
    }
}
