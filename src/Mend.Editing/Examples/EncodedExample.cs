namespace Mend.Editing;

/// <summary>A prompt and its answer as token ids, and where in the output the answer is predicted. Immutable by convention.</summary>
public sealed record EncodedExample
{
    /// <summary>Inputs of the model (of its encoder, where it has one).</summary>
    public required int[] InputIds { get; init; }

    /// <summary>Inputs of the decoder, or null.</summary>
    public int[]? DecoderIds { get; init; }

    /// <summary>Output positions that predict the answer, ascending.</summary>
    public required int[] TargetRows { get; init; }

    /// <summary>The answer's token at each; for classification 0 or 1.</summary>
    public required int[] TargetTokens { get; init; }

    /// <summary>Length of the output.</summary>
    public int OutputLength => (DecoderIds ?? InputIds).Length;
}
