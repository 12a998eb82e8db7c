using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Scores added for positions, [1, heads, new or 1, past + new], equal in all layers.</summary>
/// <param name="pass">The pass.</param>
/// <param name="past">Number of tokens before the new ones.</param>
/// <param name="length">Number of new tokens.</param>
internal delegate Tensor PositionScores(PassContext pass, int past, int length);

/// <summary>Self-attention of a decoder, with or without an encoder, with the cache of keys and values during generation.</summary>
internal static class CausalAttention
{
    /// <summary>Attends to earlier tokens.</summary>
    /// <param name="context">The pass.</param>
    /// <param name="layer">The attention layer's name, for the cache.</param>
    /// <param name="q">[batch, new, heads, size].</param>
    /// <param name="k">[batch, new, key heads, size].</param>
    /// <param name="v">[batch, new, key heads, size].</param>
    /// <param name="scale">Factor on the scores.</param>
    /// <param name="window">How many keys a query sees, itself included; null means all.</param>
    /// <param name="positions">Scores added for relative positions; null means none.</param>
    /// <param name="cap">What scaled scores softly stay below; null means no limit.</param>
    /// <returns>[batch, new, heads · size].</returns>
    public static Value Attend(
        StageContext context, string layer, Value q, Value k, Value v, float scale, int? window = null, PositionScores? positions = null, float? cap = null)
    {
        PassContext pass = context.Pass;
        if (pass.Texts.Count > 0)
        {
            TextKeys[] texts = [.. pass.Texts.Select(t => new TextKeys(
                t.Cache.Layer(pass.Engine, layer, k.Shape, v.Shape), t.Count, positions?.Invoke(pass, t.Cache.Length, t.Count)))];
            return context.Tape.Adopt(pass.Engine.Attend(q.Data, k.Data, v.Data, texts, new AttentionSettings(scale, window, cap)));
        }

        int length = q.Shape[1];
        int[]? padding = context.Batch.DecoderIds is null ? context.Batch.Mask : context.Batch.DecoderMask;
        Tensor mask = AttentionMask.Causal(pass, length, padding, window);
        mask = positions is null ? mask : pass.Memo("causal with positions", () => pass.Engine.Add(mask, positions(pass, 0, length)));
        return Attention.Attend(context.Tape, q, k, v, scale, mask, cap);
    }
}
