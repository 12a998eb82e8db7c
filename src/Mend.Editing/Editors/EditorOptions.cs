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
    public int Rank { get; init; } = 256;

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

    /// <summary>How the low-rank layers start.</summary>
    public EditorInit Init { get; init; }

    /// <summary>Standard deviation of B at the start (identity init).</summary>
    public float InitScale { get; init; } = 0.06f;

    /// <summary>The learned step α of every layer at the start. Negative is downhill: the update is added to the weight.</summary>
    public float InitialStep { get; init; } = -2e-3f;

    /// <summary>The paper's configuration, as the authors' code has it, uphill start included.</summary>
    public static EditorOptions Paper { get; } = new() { Rank = 1920, InitScale = 1f, InitialStep = 1e-4f };

    /// <summary>Checks the combination.</summary>
    /// <exception cref="ArgumentException">Says which option is wrong and what it may be.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Rank, 1, nameof(Rank));
        ArgumentOutOfRangeException.ThrowIfNegative(HiddenLayers, nameof(HiddenLayers));
        if (Combine && Sides != EditorSides.Both)
        {
            throw new ArgumentException($"Sides = {Sides} needs Combine = false: a combined network transforms u and δ together.");
        }
    }
}
