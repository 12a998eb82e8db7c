using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>A layer norm that stands on its own in the chain.</summary>
internal sealed class LayerNormStage(ParameterSource parameters, string prefix, int width, float epsilon) : IStage
{
    private readonly Norm _norm = new(parameters, prefix, width, epsilon);

    public StageState Forward(StageContext context, StageState input) =>
        input with { Hidden = _norm.Forward(context.Tape, input.RequireHidden()) };
}

/// <summary>A root-mean-square norm that stands on its own in the chain.</summary>
internal sealed class RmsNormStage(ParameterSource parameters, string prefix, int width, float epsilon) : IStage
{
    private readonly RmsNorm _norm = new(parameters, prefix, width, epsilon);

    public StageState Forward(StageContext context, StageState input) =>
        input with { Hidden = _norm.Forward(context.Tape, input.RequireHidden()) };
}

/// <summary>From hidden states to logits, for the rows that are wanted: [rows, vocabulary].</summary>
internal sealed class HeadStage(Weight weight, Tensor? bias, float scale = 1f) : IStage
{
    public StageState Forward(StageContext context, StageState input)
    {
        Tape tape = context.Tape;
        Value hidden = input.RequireHidden();
        Value rows = context.Pass.OutputRows is { } wanted
            ? tape.GatherRows(hidden, wanted)
            : tape.Reshape(hidden, [checked((int)hidden.Shape.Rows), hidden.Shape.Last]);
        return input with { Hidden = tape.Linear(tape.Scale(rows, scale), weight, bias) };
    }
}

/// <summary>Token embeddings of a model without position table, as a stage of its own.</summary>
/// <param name="tokens">[vocabulary, width].</param>
/// <param name="positions">Longest sequence, or null for any.</param>
internal sealed class TokenEmbeddingStage(Weight tokens, int? positions) : IStage
{
    public StageState Forward(StageContext context, StageState input)
    {
        InputTooLongException.ThrowIfTooLong(context.Pass.Past + context.Batch.Length, positions ?? int.MaxValue);
        return new StageState(TokenEmbedding.Forward(context, tokens, context.Batch.InputIds));
    }
}

/// <summary>Token embeddings.</summary>
internal static class TokenEmbedding
{
    /// <summary>Looks ids up: [batch, sequence, width].</summary>
    public static Value Forward(StageContext context, Weight tokens, int[] ids)
    {
        IEngine engine = context.Tape.Engine;
        using Tensor flat = engine.Embed(tokens, ids);
        return context.Tape.Adopt(engine.Reshape(flat, [context.Batch.Size, ids.Length / context.Batch.Size, flat.Shape.Last]));
    }
}

/// <summary>Token plus learned position embeddings.</summary>
internal static class PositionedEmbedding
{
    /// <summary>Looks ids up: [batch, sequence, width].</summary>
    /// <param name="context">The pass.</param>
    /// <param name="tokens">[vocabulary, width].</param>
    /// <param name="positions">[positions + offset, width].</param>
    /// <param name="offset">Row of the first position.</param>
    /// <param name="ids">Row-major [batch, sequence]; null means the batch's inputs.</param>
    /// <param name="scale">Factor on the token embeddings.</param>
    /// <exception cref="InputTooLongException">There are more tokens than positions.</exception>
    public static Value Forward(StageContext context, Weight tokens, Weight positions, int offset, int[]? ids = null, float scale = 1f)
    {
        int[] inputs = ids ?? context.Batch.InputIds;
        int past = context.Pass.Past;
        int length = inputs.Length / context.Batch.Size;
        InputTooLongException.ThrowIfTooLong(past + length, positions.Stored[0] - offset);
        int[] places = [.. Enumerable.Range(past + offset, length)];
        Value x = context.Tape.Scale(TokenEmbedding.Forward(context, tokens, inputs), scale);
        return context.Tape.Add(x, context.Tape.Adopt(context.Tape.Engine.Embed(positions, places)));
    }
}
