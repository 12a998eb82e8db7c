using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Self-attention of a decoder, with or without an encoder, with the cache of keys and values during generation.</summary>
public static class CausalAttention
{
    /// <summary>Attends to earlier tokens.</summary>
    /// <param name="context">The pass.</param>
    /// <param name="layer">The attention layer's name, for the cache.</param>
    /// <param name="q">[batch, new, heads, size].</param>
    /// <param name="k">[batch, new, key heads, size].</param>
    /// <param name="v">[batch, new, key heads, size].</param>
    /// <param name="scale">Factor on the scores.</param>
    /// <param name="window">How many keys a query sees, itself included; null means all.</param>
    /// <param name="positions">Scores added for relative positions, [1, heads, new, past + new], equal in all layers; null means none.</param>
    /// <param name="cap">What scaled scores softly stay below; null means no limit.</param>
    /// <returns>[batch, new, heads · size].</returns>
    public static Value Attend(
        StageContext context, string layer, Value q, Value k, Value v, float scale, int? window = null, Tensor? positions = null, float? cap = null)
    {
        int[]? padding = context.Batch.DecoderIds is null ? context.Batch.Mask : context.Batch.DecoderMask;
        Tensor mask = AttentionMask.Causal(context.Pass, q.Shape[1], padding, window);
        mask = positions is null ? mask : context.Pass.Memo("causal with positions", () => context.Pass.Engine.Add(mask, positions));
        if (context.Pass.Cache is { } cache)
        {
            (k, v) = cache.Extend(context.Tape, layer, k, v);
        }

        return Attention.Attend(context.Tape, q, k, v, scale, mask, cap);
    }
}
