using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>A norm that stands on its own in the chain.</summary>
internal sealed class NormStage(IRowNorm norm) : IStage
{
    public StageState Forward(StageContext context, StageState input) =>
        input with { Hidden = norm.Forward(context.Tape, input.RequireHidden()) };
}

/// <summary>From hidden states to logits, for the rows that are wanted: [rows, vocabulary].</summary>
/// <param name="weight">[vocabulary, width].</param>
/// <param name="bias">[vocabulary], or null.</param>
/// <param name="scale">Factor on the logits, but for the bias.</param>
/// <param name="cap">What logits softly stay below; null means no limit.</param>
internal sealed class HeadStage(Weight weight, Tensor? bias, float scale = 1f, float? cap = null) : IStage
{
    public StageState Forward(StageContext context, StageState input)
    {
        Tape tape = context.Tape;
        Value hidden = input.RequireHidden();
        Value rows = context.Pass.OutputRows is { } wanted
            ? tape.GatherRows(hidden, wanted)
            : tape.Reshape(hidden, [checked((int)hidden.Shape.Rows), hidden.Shape.Last]);
        Value logits = tape.Linear(tape.Scale(rows, scale), weight, bias);
        return input with { Hidden = cap is { } most ? SoftLimit.Forward(tape, logits, most) : logits };
    }
}

/// <summary>Token embeddings of a model without position table, as a stage of its own.</summary>
/// <param name="tokens">[vocabulary, width].</param>
/// <param name="positions">Longest sequence, or null for any.</param>
/// <param name="scale">Factor on the embeddings.</param>
internal sealed class TokenEmbeddingStage(Weight tokens, int? positions, float scale = 1f) : IStage
{
    public StageState Forward(StageContext context, StageState input)
    {
        InputTooLongException.ThrowIfTooLong(context.Pass.Runs(context.Batch.Length).Max(run => run.Length), positions ?? int.MaxValue);
        return new StageState(context.Tape.Scale(TokenEmbedding.Forward(context, tokens, context.Batch.InputIds), scale));
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
    /// <param name="widen">[width, …] for tables of narrower token embeddings; null means that they are as wide as positions.</param>
    /// <exception cref="InputTooLongException">There are more tokens than positions.</exception>
    public static Value Forward(StageContext context, Weight tokens, Weight positions, int offset, int[]? ids = null, float scale = 1f, Weight? widen = null)
    {
        int[] inputs = ids ?? context.Batch.InputIds;
        int length = inputs.Length / context.Batch.Size;

        // An encoder reads its text whole, whatever its decoder has seen.
        bool encodes = context.Batch.DecoderIds is not null && ReferenceEquals(inputs, context.Batch.InputIds);
        int[] places = encodes ? [.. Enumerable.Range(0, length)] : context.Pass.Positions(length);
        InputTooLongException.ThrowIfTooLong(places.Max() + 1, positions.Stored[0] - offset);
        places = Array.ConvertAll(places, place => place + offset);
        Value x = context.Tape.Scale(TokenEmbedding.Forward(context, tokens, inputs), scale);
        x = widen is null ? x : context.Tape.Linear(x, widen);
        return context.Tape.Add(x, context.Tape.Adopt(context.Tape.Engine.Embed(positions, places)));
    }
}
