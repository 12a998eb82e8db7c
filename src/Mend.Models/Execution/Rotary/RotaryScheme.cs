namespace Mend.Models.Execution;

/// <summary>
/// What a configuration says of rotary embeddings: the angles for a sequence of some length, since two of the scalings look at
/// it, and how long a sequence may be. Immutable.
/// </summary>
internal sealed class RotaryScheme
{
    private readonly Func<int, RotaryFrequencies> _at;

    private readonly bool _isFixed;

    private RotaryScheme(int pairs, int? positions, Func<int, RotaryFrequencies> at, bool isFixed = false) =>
        (Pairs, Positions, _at, _isFixed) = (pairs, positions, at, isFixed);

    /// <summary>Number of pairs of a head that are turned.</summary>
    public int Pairs { get; }

    /// <summary>The longest sequence that the scheme is made for; null means any.</summary>
    public int? Positions { get; }

    /// <summary>
    /// YaRN's magnitude for mscale_all_dim alone, 1 where there is none. Latent attention (DeepSeek) lays its square on the scores.
    /// </summary>
    public double AllDimensionsMagnitude { get; private init; } = 1;

    /// <summary>The same angles for every length.</summary>
    /// <param name="frequencies">The angles.</param>
    /// <param name="positions">The longest sequence; null means any.</param>
    /// <param name="allDimensionsMagnitude">See <see cref="AllDimensionsMagnitude"/>.</param>
    public static RotaryScheme Fixed(RotaryFrequencies frequencies, int? positions, double allDimensionsMagnitude = 1) =>
        new(frequencies.PerPosition.Length, positions, _ => frequencies, isFixed: true) { AllDimensionsMagnitude = allDimensionsMagnitude };

    /// <summary>
    /// Angles that shrink with the sequence, once it is longer than in pre-training (dynamic NTK scaling): the base grows by
    /// (factor · length/original − factor + 1)^(size/(size − 2)).
    /// </summary>
    /// <param name="size">Number of entries that are turned; even, above 2.</param>
    /// <param name="theta">The base.</param>
    /// <param name="factor">The factor.</param>
    /// <param name="original">Length of sequences in pre-training.</param>
    public static RotaryScheme Dynamic(int size, double theta, double factor, int original)
    {
        RotaryFrequencies plain = RotaryFrequencies.Plain(size, theta);
        return new RotaryScheme(size / 2, positions: null, length => length <= original
            ? plain
            : RotaryFrequencies.Plain(size, theta * Math.Pow((factor * length / original) - factor + 1, size / (size - 2.0))));
    }

    /// <summary>LongRoPE (Ding et al., 2024): one set of angles up to the length of pre-training, another beyond it.</summary>
    /// <param name="upTo">For sequences up to <paramref name="original"/>.</param>
    /// <param name="beyond">For longer ones.</param>
    /// <param name="original">Length of sequences in pre-training.</param>
    /// <param name="positions">The longest sequence.</param>
    public static RotaryScheme Long(RotaryFrequencies upTo, RotaryFrequencies beyond, int original, int positions) =>
        new(upTo.PerPosition.Length, positions, length => length <= original ? upTo : beyond);

    /// <summary>The angles for a sequence.</summary>
    /// <param name="length">Its length, padding and earlier tokens included.</param>
    public RotaryFrequencies At(int length) => _at(length);

    /// <summary>Whether keys turned for a sequence of the first length serve one of the second; null where they always do.</summary>
    public Func<int, int, bool>? Serves => _isFixed ? null : (held, length) => ReferenceEquals(At(held), At(length));
}
