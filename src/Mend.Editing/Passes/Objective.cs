namespace Mend.Editing;

/// <summary>
/// The scalar that a pass differentiates, as weighted sums over rows of logits:
/// Σ w·(−log p(token)) + Σ w·KL(reference ‖ p). A row is a position of the output seen as a matrix [batch · sequence, vocabulary].
/// </summary>
public sealed record Objective
{
    /// <summary>No rows at all.</summary>
    public static readonly Objective None = new();

    /// <summary>Rows whose token's likelihood counts.</summary>
    public int[] LikelihoodRows { get; init; } = [];

    /// <summary>The wanted token of each.</summary>
    public int[] LikelihoodTokens { get; init; } = [];

    /// <summary>The weight of each; null means their mean (1/rows).</summary>
    public float[]? LikelihoodWeights { get; init; }

    /// <summary>Rows whose distribution is held to a reference.</summary>
    public int[] DivergenceRows { get; init; } = [];

    /// <summary>The weight of each; null means their mean.</summary>
    public float[]? DivergenceWeights { get; init; }

    /// <summary>Log-probabilities of the reference, row-major [divergence rows, vocabulary].</summary>
    public float[] Reference { get; init; } = [];

    /// <summary>Weight of row i of the likelihood.</summary>
    /// <param name="i">Index into <see cref="LikelihoodRows"/>.</param>
    public float LikelihoodWeight(int i) => LikelihoodWeights?[i] ?? 1f / LikelihoodRows.Length;

    /// <summary>Weight of row i of the divergence.</summary>
    /// <param name="i">Index into <see cref="DivergenceRows"/>.</param>
    public float DivergenceWeight(int i) => DivergenceWeights?[i] ?? 1f / DivergenceRows.Length;
}
