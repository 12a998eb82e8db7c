using System.Buffers;
using System.Numerics.Tensors;
using Mend.Editing;
using Mend.Tensors;
using Tensor = Mend.Tensors.Tensor;

namespace Mend.Sharding;

/// <summary>Chooses tokens from logits: greedy, or by temperature and nucleus (Holtzman et al., 2020).</summary>
internal static class TokenSampler
{
    /// <summary>Weights below this share of the largest are looked at only where those above do not make up the nucleus; then those below its square, and so on.</summary>
    private const double Share = 1e-3;

    /// <summary>More than sums of as many weights as a vocabulary has can differ by with their order.</summary>
    private const double Slack = 1e-9;

    /// <summary>Chooses a token for each text that wants one.</summary>
    /// <param name="engine">The logits' engine.</param>
    /// <param name="logits">[texts that want a token, vocabulary].</param>
    /// <param name="texts">The texts of the pass.</param>
    public static IReadOnlyList<TextResult> Choose(IEngine engine, Tensor logits, IReadOnlyList<TextRows> texts)
    {
        TokenChoice[] choices = [.. texts.Where(t => t.Choice is not null).Select(t => t.Choice!.Value)];
        TextResult[] chosen = new TextResult[choices.Length];
        if (choices.Length > 0)
        {
            float[] rows = HostTensor.From(engine, logits).Data;
            int width = logits.Shape.Last;
            Parallel.For(0, choices.Length, i => chosen[i] = Choose(rows.AsSpan(i * width, width), choices[i]));
        }

        int at = 0;
        return [.. texts.Select(t => t.Choice is null ? new TextResult(0) : chosen[at++])];
    }

    /// <summary>Chooses a token.</summary>
    /// <param name="logits">One row; finite.</param>
    /// <param name="choice">How.</param>
    public static int Next(ReadOnlySpan<float> logits, TokenChoice choice)
    {
        if (choice.Temperature == 0)
        {
            return TensorPrimitives.IndexOfMax(logits);
        }

        double[] weights = ArrayPool<double>.Shared.Rent(logits.Length);
        try
        {
            return Draw(logits, weights, choice);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(weights);
        }
    }

    private static int Draw(ReadOnlySpan<float> logits, double[] weights, TokenChoice choice)
    {
        double max = TensorPrimitives.Max(logits);
        double total = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            weights[i] = Math.Exp((logits[i] - max) / choice.Temperature);
            total += weights[i];
        }

        // Without a nucleus to cut out the order does not matter.
        int[]? order = choice.TopP < 1 ? Nucleus(weights, logits.Length, choice.TopP * total) : null;
        int kept = 0;
        double mass = 0;
        while (kept < (order?.Length ?? logits.Length) && mass < choice.TopP * total)
        {
            mass += weights[order?[kept] ?? kept];
            kept++;
        }

        double draw = choice.Draw * mass;
        for (int i = 0; i < kept; i++)
        {
            int token = order?[i] ?? i;
            draw -= weights[token];
            if (draw < 0)
            {
                return token;
            }
        }

        return order?[kept - 1] ?? kept - 1;
    }

    private static TextResult Choose(ReadOnlySpan<float> logits, TokenChoice choice)
    {
        if (NotANumber.IsAny(logits))
        {
            return new TextResult(0, null, TextFault.NotANumber, NotANumber.Error().Message);
        }

        int token = Next(logits, choice);
        return new TextResult(token, choice.Alternatives is { } alternatives ? ChosenToken.Of(logits, token, alternatives) : null);
    }

    /// <summary>
    /// The heaviest tokens, whose weights reach a mass, heaviest first. Equal weights keep the order of their ids, so a seed gives the same text everywhere.
    /// Sorting a large vocabulary would cost as much as a small model, so no more of it is sorted than is needed.
    /// </summary>
    private static int[] Nucleus(double[] weights, int count, double mass)
    {
        for (double least = Share; ; least *= least)
        {
            List<int> order = [];
            double reached = 0;
            for (int i = 0; i < count; i++)
            {
                if (weights[i] >= least)
                {
                    order.Add(i);
                    reached += weights[i];
                }
            }

            // In another order the sum may differ in its last bits; a little more is not too much.
            if (reached >= mass * (1 + Slack) || least == 0)
            {
                order.Sort((a, b) => weights[a] != weights[b] ? weights[b].CompareTo(weights[a]) : a.CompareTo(b));
                return [.. order];
            }
        }
    }
}
