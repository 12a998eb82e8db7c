using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Self-attention of a decoder-only model, with the cache of keys and values during generation.</summary>
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
    /// <returns>[batch, new, heads · size].</returns>
    public static Value Attend(StageContext context, string layer, Value q, Value k, Value v, float scale, int? window = null)
    {
        Tensor mask = AttentionMask.Causal(context.Pass, q.Shape[1], context.Batch.Mask, window);
        if (context.Pass.Cache is { } cache)
        {
            (k, v) = cache.Extend(context.Tape, layer, k, v);
        }

        return Attention.Attend(context.Tape, q, k, v, scale, mask);
    }
}
