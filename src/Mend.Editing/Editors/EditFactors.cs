namespace Mend.Editing;

/// <summary>
/// What an edit does to one edited layer: ΔW = α Σ_t δ̃_t ũ_tᵀ, kept as its factors. Immutable by convention once made;
/// host memory, so it can be stored, sent and applied by any engine.
/// </summary>
public sealed class EditFactors
{
    /// <summary>Creates the factors of one layer.</summary>
    /// <param name="layer">The edited parameter's full name in the checkpoint.</param>
    /// <param name="rank">Number of rank-one terms, at least 0.</param>
    /// <param name="inputs">Inputs of the layer.</param>
    /// <param name="outputs">Outputs of the layer.</param>
    /// <param name="u">Ũ, row-major [rank, inputs]; owned by the new object.</param>
    /// <param name="delta">Δ̃, row-major [rank, outputs]; owned by the new object.</param>
    /// <param name="step">The step α.</param>
    /// <exception cref="ArgumentException">A length disagrees with the sizes.</exception>
    public EditFactors(string layer, int rank, int inputs, int outputs, float[] u, float[] delta, float step)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        if (u.LongLength != (long)rank * inputs || delta.LongLength != (long)rank * outputs)
        {
            throw new ArgumentException(
                $"Factors of '{layer}' have {u.LongLength} and {delta.LongLength} values; rank {rank} wants {rank}x{inputs} and {rank}x{outputs}.");
        }

        Layer = layer;
        Rank = rank;
        Inputs = inputs;
        Outputs = outputs;
        U = u;
        Delta = delta;
        Step = step;
    }

    /// <summary>The edited parameter's full name in the checkpoint.</summary>
    public string Layer { get; }

    /// <summary>Number of rank-one terms.</summary>
    public int Rank { get; }

    /// <summary>Inputs of the layer.</summary>
    public int Inputs { get; }

    /// <summary>Outputs of the layer.</summary>
    public int Outputs { get; }

    /// <summary>Ũ, row-major [rank, inputs].</summary>
    public float[] U { get; }

    /// <summary>Δ̃, row-major [rank, outputs].</summary>
    public float[] Delta { get; }

    /// <summary>The step α.</summary>
    public float Step { get; }

    /// <summary>The same edit with its step multiplied; shares Ũ and Δ̃.</summary>
    /// <param name="strength">The factor.</param>
    public EditFactors Times(float strength) => new(Layer, Rank, Inputs, Outputs, U, Delta, Step * strength);
}
