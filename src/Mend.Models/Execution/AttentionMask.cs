using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// Additive attention masks: 0 where a query may look, float.MinValue where it may not. Two reasons to mask add up to −∞,
/// as they do in the models' reference code, so that even a row in which everything is masked comes out the same.
/// </summary>
public static class AttentionMask
{
    /// <summary>Mask of a decoder: no query looks ahead, at padding, or (with a window) further back than the window.</summary>
    /// <param name="pass">The pass; the mask is made once per pass and shard.</param>
    /// <param name="length">Number of queries.</param>
    /// <param name="mask">Row-major [batch, length] with 0 at padding, or null.</param>
    /// <param name="window">How many keys a query sees, itself included; null means all.</param>
    /// <returns>[batch or 1, 1, length, length].</returns>
    public static Tensor Causal(PassContext pass, int length, int[]? mask, int? window = null) => pass.Memo($"causal {window}", () =>
    {
        int rows = mask is null ? 1 : pass.Batch.Size;
        float[] bias = new float[(long)rows * length * length];
        for (int b = 0; b < rows; b++)
        {
            for (int q = 0; q < length; q++)
            {
                Span<float> row = bias.AsSpan((b * length + q) * length, length);
                for (int k = 0; k < length; k++)
                {
                    int distance = q - k;
                    row[k] = distance < 0 || distance >= (window ?? int.MaxValue) ? float.MinValue : 0f;
                    if (mask is not null && mask[b * length + k] == 0)
                    {
                        row[k] += float.MinValue;
                    }
                }
            }
        }

        return pass.Engine.FromHost(bias, [rows, 1, length, length]);
    });

    /// <summary>Mask that hides padding from every query.</summary>
    /// <param name="pass">The pass; the mask is made once per pass and shard.</param>
    /// <param name="mask">Row-major [batch, keys] with 0 at padding; null gives null.</param>
    /// <returns>[batch, 1, 1, keys], or null when nothing is hidden.</returns>
    public static Tensor? Padding(PassContext pass, int[]? mask) => mask is null ? null : pass.Memo("padding", () =>
        pass.Engine.FromHost(Array.ConvertAll(mask, m => m == 0 ? float.MinValue : 0f), [pass.Batch.Size, 1, 1, mask.Length / pass.Batch.Size]));
}
