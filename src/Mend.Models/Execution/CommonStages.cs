using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>A layer norm that stands on its own in the chain.</summary>
internal sealed class LayerNormStage(ParameterSource parameters, string prefix, int width, float epsilon) : IStage
{
    private readonly Norm _norm = new(parameters, prefix, width, epsilon);

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

/// <summary>Token plus learned position embeddings.</summary>
internal static class PositionedEmbedding
{
    /// <summary>Looks the batch's inputs up: [batch, sequence, width].</summary>
    /// <exception cref="InputTooLongException">There are more tokens than positions.</exception>
    public static Value Forward(StageContext context, Weight tokens, Weight positions, int offset)
    {
        ModelBatch batch = context.Batch;
        IEngine engine = context.Tape.Engine;
        int past = context.Pass.Past;
        InputTooLongException.ThrowIfTooLong(past + batch.Length, positions.Stored[0] - offset);
        int[] places = [.. Enumerable.Range(past + offset, batch.Length)];
        using Tensor flat = engine.Embed(tokens, batch.InputIds);
        Value x = context.Tape.Adopt(engine.Reshape(flat, [batch.Size, batch.Length, flat.Shape.Last]));
        return context.Tape.Add(x, context.Tape.Adopt(engine.Embed(positions, places)));
    }
}
