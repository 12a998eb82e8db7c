namespace Mend.Models.Execution;

/// <summary>
/// Angles per position of the pairs that a rotary embedding turns (Su et al., 2021), and the factor that some scalings lay on
/// sine and cosine. Immutable by convention.
/// </summary>
/// <param name="PerPosition">θ_j in radians, one per pair.</param>
/// <param name="Magnitude">Factor on sine and cosine; 1 without scaling.</param>
public sealed record RotaryFrequencies(double[] PerPosition, double Magnitude = 1)
{
    /// <summary>θ_j = base^(−2j/size).</summary>
    /// <param name="size">Number of entries that are turned; even.</param>
    /// <param name="theta">The base.</param>
    public static RotaryFrequencies Plain(int size, double theta) =>
        new([.. Enumerable.Range(0, size / 2).Select(j => Math.Pow(theta, -2.0 * j / size))]);

    /// <summary>Positions shrunk by a factor (Chen et al., 2023).</summary>
    /// <param name="factor">The factor.</param>
    public RotaryFrequencies Linear(double factor) => this with { PerPosition = Array.ConvertAll(PerPosition, f => f / factor) };

    /// <summary>Llama 3.1's scaling: slow pairs are shrunk, fast ones kept, those between blended by their wavelength.</summary>
    /// <param name="factor">The factor for slow pairs.</param>
    /// <param name="low">Turns within the original length below which a pair is slow.</param>
    /// <param name="high">Turns within the original length above which a pair is fast.</param>
    /// <param name="original">Length of sequences in pre-training.</param>
    public RotaryFrequencies Llama3(double factor, double low, double high, double original) => this with
    {
        PerPosition = Array.ConvertAll(PerPosition, f =>
        {
            double turns = original * f / (2 * Math.PI);
            double kept = Math.Clamp((turns - low) / (high - low), 0, 1);
            return f * (kept + ((1 - kept) / factor));
        }),
    };

    /// <summary>YaRN (Peng et al., 2023): the same idea, blended along the pairs' numbers, with hotter attention.</summary>
    /// <param name="theta">The base.</param>
    /// <param name="factor">The factor for slow pairs.</param>
    /// <param name="fast">Turns within the original length at which a pair counts as fast (β_fast).</param>
    /// <param name="slow">Turns at which it counts as slow (β_slow).</param>
    /// <param name="original">Length of sequences in pre-training.</param>
    /// <param name="truncate">Whether the border pairs are rounded outwards to whole pairs.</param>
    /// <param name="magnitude">Factor on sine and cosine.</param>
    public RotaryFrequencies Yarn(double theta, double factor, double fast, double slow, double original, bool truncate, double magnitude)
    {
        int size = 2 * PerPosition.Length;
        double PairWith(double turns) => size * Math.Log(original / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
        (double first, double last) = (PairWith(fast), PairWith(slow));
        first = Math.Max(truncate ? Math.Floor(first) : first, 0);
        last = Math.Min(truncate ? Math.Ceiling(last) : last, size - 1);
        last += first == last ? 0.001 : 0;
        return new RotaryFrequencies(
            [.. PerPosition.Select((f, j) =>
            {
                double shrunk = Math.Clamp((j - first) / (last - first), 0, 1);
                return f * ((shrunk / factor) + 1 - shrunk);
            })],
            magnitude);
    }
}
