using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Attention to the tokens of an encoder: its own, and a decoder's to its output.</summary>
public static class EncoderAttention
{
    /// <summary>Self-attention of an encoder: every token sees every other that is not padding.</summary>
    /// <param name="context">The pass.</param>
    /// <param name="q">[batch, source, heads, size].</param>
    /// <param name="k">[batch, source, heads, size].</param>
    /// <param name="v">[batch, source, heads, size].</param>
    /// <param name="scale">Factor on the scores.</param>
    /// <param name="positions">Scores added for relative positions, [1, heads, source, source], equal in all layers; null means none.</param>
    /// <returns>[batch, source, heads · size].</returns>
    public static Value Attend(StageContext context, Value q, Value k, Value v, float scale, Tensor? positions = null)
    {
        PassContext pass = context.Pass;
        Tensor? mask = AttentionMask.Padding(pass, context.Batch.Mask);
        Tensor? bias = mask is null || positions is null ? mask ?? positions : pass.Memo("padding with positions", () => pass.Engine.Add(mask, positions));
        return Attention.Attend(context.Tape, q, k, v, scale, bias);
    }

    /// <summary>A decoder's attention to the encoder's output.</summary>
    /// <param name="context">The pass.</param>
    /// <param name="layer">The attention layer's name, for the cache.</param>
    /// <param name="q">[batch, target, heads, size].</param>
    /// <param name="encode">
    /// Makes keys and values, [batch, source, heads, size], from the encoder's output. In generation it is called in a text's first pass only, which
    /// is its own: one pass encodes one text.
    /// </param>
    /// <param name="scale">Factor on the scores.</param>
    /// <returns>[batch, target, heads · size].</returns>
    public static Value Cross(StageContext context, string layer, Value q, Func<(Value Keys, Value Values)> encode, float scale)
    {
        Tape tape = context.Tape;
        if (context.Pass.Texts.Count == 0)
        {
            (Value k, Value v) = encode();
            return Attention.Attend(tape, q, k, v, scale, AttentionMask.Padding(context.Pass, context.Batch.Mask));
        }

        return tape.Concat(1, [.. context.Pass.Texts.Select(text =>
        {
            (Value k, Value v) = text.Cache.Once(tape, layer, encode);
            return Attention.Attend(tape, tape.Narrow(q, 1, text.Start, text.Count), k, v, scale, bias: null);
        })]);
    }
}
