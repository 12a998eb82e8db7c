namespace Mend.Editing;

/// <summary>Which of the two factors an editor network transforms when it does not see both at once.</summary>
public enum EditorSides
{
    /// <summary>One network for u and one for δ.</summary>
    Both,

    /// <summary>Only u; δ passes through ("x_only").</summary>
    Input,

    /// <summary>Only δ; u passes through ("delta_only").</summary>
    Gradient,

    /// <summary>Only the shorter of the two ("one_sided").</summary>
    Shorter,
}

/// <summary>How the low-rank layers of an editor network start.</summary>
public enum EditorInit
{
    /// <summary>A = 0, B normal: the network starts as the identity ("id").</summary>
    Identity,

    /// <summary>A and B uniform after Glorot, A with relu's gain √2 ("xavier").</summary>
    Xavier,
}

/// <summary>
/// Shape and start of the editor networks: every option of the authors' configuration that changes the mathematics, under
/// the paper's words (Mitchell et al., 2022, section 3.2 and appendix). Defaults are what trains best here; see
/// <see cref="Paper"/> for theirs.
/// </summary>
public sealed record EditorOptions
{
    /// <summary>Greatest rank of a low-rank layer; capped by its size.</summary>
    public int Rank { get; init; } = 128;

    /// <summary>Hidden layers; the network has one low-rank residual layer more.</summary>
    public int HiddenLayers { get; init; } = 1;

    /// <summary>One network per weight shape with a FiLM scale and shift per layer, instead of one per layer.</summary>
    public bool Shared { get; init; } = true;

    /// <summary>One network that sees u and δ side by side, instead of one for each.</summary>
    public bool Combine { get; init; } = true;

    /// <summary>Which factors are transformed when <see cref="Combine"/> is false.</summary>
    public EditorSides Sides { get; init; }

    /// <summary>Whether u and δ are normalised by their running mean and standard deviation.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>
    /// u is also multiplied by C^(−k/2), where C is the covariance of the layer's normalised inputs where answers are predicted;
    /// this is k. 0 leaves it out, as the paper does. With it an edit avoids the directions that other answers use, so it
    /// disturbs them less at the same success. Layers with more than <see cref="MaxWhitenedInputs"/> inputs go without.
    /// </summary>
    public int Whitening { get; init; } = 3;

    /// <summary>Added to C's diagonal, whose mean is 1, beside inputs/rows of what C was measured on.</summary>
    public float WhiteningRidge { get; init; } = 0.01f;

    /// <summary>
    /// The gradient pass differentiates n^e · mean NLL over the answer's n tokens; this is e. The paper's 0 gives each token of a
    /// long answer 1/n of the push that a short answer gets, and long answers then fail more often.
    /// </summary>
    public float LengthExponent { get; init; } = 0.5f;

    /// <summary>
    /// Keeps of u and δ only the rows at which the answer is predicted, in layers where there are such. The paper keeps every row with
    /// a gradient; the others are what prompts of one wording have in common, and edits that pile up there break the model.
    /// </summary>
    public bool AnswerRowsOnly { get; init; } = true;

    /// <summary>
    /// An edit's steps are scaled together so that every token of the answer just reaches this probability on the prompt; no
    /// edit is stronger than it must be. 0 takes the learned steps as they are, as the paper does.
    /// </summary>
    public float Confidence { get; init; } = 0.98f;

    /// <summary>How the low-rank layers start.</summary>
    public EditorInit Init { get; init; }

    /// <summary>Standard deviation of B at the start (identity init).</summary>
    public float InitScale { get; init; } = 0.03f;

    /// <summary>The learned step α of every layer at the start. Negative is downhill: the update is added to the weight.</summary>
    public float InitialStep { get; init; } = -0.05f;

    /// <summary>Most inputs of a layer whose u is whitened: the matrix is [inputs, inputs].</summary>
    public const int MaxWhitenedInputs = 4096;

    /// <summary>The paper's configuration, as the authors' code has it, uphill start included.</summary>
    public static EditorOptions Paper { get; } = new()
    {
        Rank = 1920,
        InitScale = 1f,
        InitialStep = 1e-4f,
        Whitening = 0,
        LengthExponent = 0,
        AnswerRowsOnly = false,
        Confidence = 0,
    };

    /// <summary>Checks the combination.</summary>
    /// <exception cref="ArgumentException">Says which option is wrong and what it may be.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Rank, 1, nameof(Rank));
        ArgumentOutOfRangeException.ThrowIfNegative(HiddenLayers, nameof(HiddenLayers));
        ArgumentOutOfRangeException.ThrowIfNegative(Whitening, nameof(Whitening));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(WhiteningRidge, nameof(WhiteningRidge));
        ArgumentOutOfRangeException.ThrowIfNegative(Confidence, nameof(Confidence));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Confidence, 1f, nameof(Confidence));
        if (Whitening > 0 && !Normalize)
        {
            throw new ArgumentException("Whitening needs Normalize: it acts on normalised inputs.");
        }

        if (Combine && Sides != EditorSides.Both)
        {
            throw new ArgumentException($"Sides = {Sides} needs Combine = false: a combined network transforms u and δ together.");
        }
    }
}
