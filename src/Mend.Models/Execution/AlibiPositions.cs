using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// Attention with linear biases (Press et al., 2022) as Falcon was trained with it: each head favours late keys by a slope of its own. Slopes
/// and their products with positions are rounded to bfloat16, as in training, whatever the weights are stored in.
/// </summary>
internal static class AlibiPositions
{
    /// <summary>Scores of a pass, [1, heads, 1, past + new], to add before the scale; made once per pass and shard.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="keys">Number of tokens, the new ones included.</param>
    /// <param name="scale">Factor on the scores.</param>
    public static Tensor Scores(PassContext pass, int heads, int keys, float scale) => pass.Memo($"alibi {keys}", () =>
    {
        float[] scores = new float[heads * keys];
        for (int head = 0; head < heads; head++)
        {
            float slope = Rounded((float)Slope(head, heads));
            for (int key = 0; key < keys; key++)
            {
                scores[(head * keys) + key] = Rounded(slope * Rounded(key)) * scale;
            }
        }

        return pass.Engine.FromHost(scores, [1, heads, 1, keys]);
    });

    /// <summary>A head's slope: powers of 2^(−8/n) for n heads; heads beyond a power of two fill in between.</summary>
    /// <param name="head">The head.</param>
    /// <param name="heads">Number of heads.</param>
    internal static double Slope(int head, int heads)
    {
        int even = 1 << (int)Math.Log2(heads);
        return head < even ? Math.Pow(2, -8.0 / even * (head + 1)) : Math.Pow(2, -4.0 / even * ((2 * (head - even)) + 1));
    }

    private static float Rounded(float value) => HalfFloats.FromBFloat16(HalfFloats.ToBFloat16(value));
}
