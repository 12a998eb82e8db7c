namespace Mend.Editing;

/// <summary>
/// A training edit and what is constant about it because the base is frozen: u and δ, the hidden states entering the first
/// edited block, and the base model's log-probabilities on unrelated prompts. Immutable by convention.
/// </summary>
internal sealed class TrainingExample
{
    public required IReadOnlyList<LayerSignals> Signals { get; init; }

    /// <summary>The edited prompt with the wanted answer.</summary>
    public required FrozenSequence Prompt { get; init; }

    /// <summary>The edited prompt, if it counts, then all rephrases, with the wanted answer.</summary>
    public required IReadOnlyList<FrozenSequence> Wanted { get; init; }

    /// <summary>Unrelated prompts.</summary>
    public required IReadOnlyList<FrozenSequence> Unrelated { get; init; }

    public long ByteLength => Signals.Sum(s => s.ByteLength) + Wanted.Concat(Unrelated).Append(Prompt).Distinct().Sum(s => s.ByteLength);
}

/// <summary>A sequence and the base model's view of it.</summary>
/// <param name="Example">The tokens.</param>
/// <param name="Hidden">Hidden states entering the first edited block, [own length, width].</param>
/// <param name="Encoder">The encoder's output, [own length, width], where the first edited block is the decoder's.</param>
/// <param name="HeldRows">Output positions at which the edited model is held to the base.</param>
/// <param name="Reference">The base model's log-probabilities there, [held rows, vocabulary].</param>
internal sealed record FrozenSequence(EncodedExample Example, float[] Hidden, float[]? Encoder, int[] HeldRows, float[] Reference)
{
    public long ByteLength => (Hidden.LongLength + (Encoder?.LongLength ?? 0) + Reference.LongLength) * sizeof(float);
}
