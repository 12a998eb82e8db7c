namespace Mend.Sharding;

/// <summary>
/// How far a float32 implementation may be from recorded reference values, relative to the reference tensor's largest
/// magnitude, by kind of tensor.
/// </summary>
public static class ReferenceTolerance
{
    /// <summary>The tolerance of a tensor.</summary>
    /// <param name="name">Its name in the expected file.</param>
    public static double For(string name) => name.Split('/') switch
    {
        [.., "generated"] or [.., "row_mask"] or [.., "n_tokens"] or [.., "acc"] => 0,
        ["weights" or "rows", ..] => 0,
        ["logits"] => 2e-5,
        ["base", .., "nll"] => 1e-5,
        ["base", ..] => 2e-5,
        ["grad", ..] or ["train", "grad", ..] => 1e-3,
        ["train", "adam", ..] => 1e-6,
        _ => 1e-4,
    };

    /// <summary>Whether the tolerance is an absolute error rather than relative to the largest magnitude (Adam's steps of fixed length).</summary>
    /// <param name="name">Its name in the expected file.</param>
    public static bool IsAbsolute(string name) => name.StartsWith("train/adam/", StringComparison.Ordinal);
}

/// <summary>One tensor compared with its reference.</summary>
/// <param name="Name">Its name in the expected file.</param>
/// <param name="Error">Largest error, relative to the reference's largest magnitude (or absolute for Adam's step); infinite when the shape differs or it was not computed.</param>
/// <param name="Tolerance">The most it may be.</param>
/// <param name="Note">What else there is to say, or null.</param>
public sealed record ReferenceComparison(string Name, double Error, double Tolerance, string? Note)
{
    /// <summary>Whether the error is within the tolerance.</summary>
    public bool Passed => Error <= Tolerance;
}
