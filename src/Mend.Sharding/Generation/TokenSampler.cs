using System.Numerics.Tensors;

namespace Mend.Sharding;

/// <summary>Chooses tokens from logits: greedy, or by temperature and nucleus (Holtzman et al., 2020). One thread at a time.</summary>
internal sealed class TokenSampler(SamplingOptions options)
{
    private readonly Random _random = new(options.Seed);

    /// <summary>Chooses a token.</summary>
    /// <param name="logits">One row.</param>
    public int Next(ReadOnlySpan<float> logits)
    {
        if (options.Temperature == 0)
        {
            return TensorPrimitives.IndexOfMax(logits);
        }

        double max = TensorPrimitives.Max(logits);
        double[] weights = new double[logits.Length];
        int[] order = new int[logits.Length];
        double total = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            order[i] = i;
            weights[i] = Math.Exp((logits[i] - max) / options.Temperature);
            total += weights[i];
        }

        // Stable order: equal weights keep the order of their ids, so a seed gives the same text everywhere.
        // Without a nucleus to cut out the order does not matter, and sorting a large vocabulary would cost as much as a small model.
        if (options.TopP < 1)
        {
            Array.Sort(order, (a, b) => weights[a] != weights[b] ? weights[b].CompareTo(weights[a]) : a.CompareTo(b));
        }

        int kept = 0;
        double mass = 0;
        while (kept < order.Length && mass < options.TopP * total)
        {
            mass += weights[order[kept++]];
        }

        double draw = _random.NextDouble() * mass;
        for (int i = 0; i < kept; i++)
        {
            draw -= weights[order[i]];
            if (draw < 0)
            {
                return order[i];
            }
        }

        return order[kept - 1];
    }
}
