namespace Mend.Editing;

/// <summary>
/// What an edit does to one edited layer: ΔW = α Σ_t δ̃_t ũ_tᵀ, kept as its factors. Immutable by convention once made;
/// host memory, so it can be stored, sent and applied by any engine. Factors with <see cref="Joint"/> are no change yet but what the
/// edit asks for: <see cref="JointSolve"/> makes one change of those of all live edits.
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
    /// <param name="joint">What a joint solve needs beside Ũ = K M⁻¹ and Δ̃ = R; null for a change that is added as it stands.</param>
    /// <exception cref="ArgumentException">A length disagrees with the sizes.</exception>
    public EditFactors(string layer, int rank, int inputs, int outputs, float[] u, float[] delta, float step, JointTerm? joint = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        if (u.LongLength != (long)rank * inputs || delta.LongLength != (long)rank * outputs)
        {
            throw new ArgumentException(
                $"Factors of '{layer}' have {u.LongLength} and {delta.LongLength} values; rank {rank} wants {rank}x{inputs} and {rank}x{outputs}.");
        }

        if (joint is not null && joint.Keys.LongLength != u.LongLength)
        {
            throw new ArgumentException($"The keys of '{layer}' have {joint.Keys.LongLength} values; rank {rank} wants {rank}x{inputs}.", nameof(joint));
        }

        Layer = layer;
        Joint = joint;
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

    /// <summary>What the edit asks a joint solve for; null where the change stands as it is.</summary>
    public JointTerm? Joint { get; }

    /// <summary>Whether every number is finite: an edit with others would make the whole layer so.</summary>
    public bool IsFinite => float.IsFinite(Step) && AllFinite(U) && AllFinite(Delta) && (Joint is null || AllFinite(Joint.Keys));

    /// <summary>The same edit with its step multiplied; shares Ũ and Δ̃.</summary>
    /// <param name="strength">The factor.</param>
    public EditFactors Times(float strength) => new(Layer, Rank, Inputs, Outputs, U, Delta, Step * strength, Joint);

    /// <summary>Whether others are the same, value by value.</summary>
    /// <param name="other">The others.</param>
    public bool SameAs(EditFactors other) => ReferenceEquals(this, other)
        || (Layer == other.Layer && Rank == other.Rank && Inputs == other.Inputs && Outputs == other.Outputs && Step == other.Step
            && Joint?.Metric == other.Joint?.Metric && Joint?.Subject == other.Joint?.Subject
            && (Joint?.Keys).AsSpan().SequenceEqual((other.Joint?.Keys).AsSpan()) && U.AsSpan().SequenceEqual(other.U) && Delta.AsSpan().SequenceEqual(other.Delta));

    private static bool AllFinite(float[] values) => System.Numerics.Tensors.TensorPrimitives.IsFiniteAll<float>(values) || values.Length == 0;
}

/// <summary>What makes factors one edit's part of a joint solve.</summary>
/// <param name="Keys">K, the layer's inputs at the edited rows, row-major [rank, inputs].</param>
/// <param name="Metric">Names the metric M that Ũ = K M⁻¹ was made in; only contributions in one metric are solved together.</param>
/// <param name="Subject">Names what is edited, the prompt: of two contributions with the same name the later one counts.</param>
public sealed record JointTerm(float[] Keys, string Metric, string Subject);
