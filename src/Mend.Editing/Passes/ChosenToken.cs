using System.Numerics.Tensors;

namespace Mend.Editing;

/// <summary>A token of a text, and how likely the model found it there.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProbability">Logarithm of its probability, by the model's own distribution: temperature and nucleus change nothing about it.</param>
/// <param name="Alternatives">The most likely tokens at its place, most likely first, itself included where it is one of them.</param>
public sealed record ChosenToken(int Id, double LogProbability, IReadOnlyList<TokenAlternative> Alternatives)
{
    /// <summary>Reads a token's likelihood off the logits at its place.</summary>
    /// <param name="logits">One row; finite.</param>
    /// <param name="token">The token.</param>
    /// <param name="alternatives">How many of the most likely ones are wanted.</param>
    public static ChosenToken Of(ReadOnlySpan<float> logits, int token, int alternatives)
    {
        float max = TensorPrimitives.Max(logits);
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - max);
        }

        double normaliser = max + Math.Log(sum);
        List<TokenAlternative> best = [];
        for (int id = 0; id < logits.Length && alternatives > 0; id++)
        {
            if (best.Count == alternatives && logits[id] - normaliser <= best[^1].LogProbability)
            {
                continue;
            }

            // Of equally likely ones the first stays in front, as in a greedy choice.
            TokenAlternative candidate = new(id, logits[id] - normaliser);
            int at = best.FindIndex(b => b.LogProbability < candidate.LogProbability);
            best.Insert(at < 0 ? best.Count : at, candidate);
            if (best.Count > alternatives)
            {
                best.RemoveAt(alternatives);
            }
        }

        return new ChosenToken(token, logits[token] - normaliser, best);
    }
}

/// <summary>A token that could stand at a place.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProbability">Logarithm of its probability.</param>
public readonly record struct TokenAlternative(int Id, double LogProbability);
