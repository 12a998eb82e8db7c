using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Scaled dot-product attention with several heads, written once for all families.</summary>
public static class Attention
{
    /// <summary>Splits the last axis into heads.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">[batch, sequence, heads · size].</param>
    /// <param name="heads">Number of heads.</param>
    /// <returns>[batch, sequence, heads, size].</returns>
    public static Value Split(Tape tape, Value x, int heads) =>
        tape.Reshape(x, [x.Shape[0], x.Shape[1], heads, x.Shape[2] / heads]);

    /// <summary>softmax(scale · Q Kᵀ + bias) V, with a soft limit on scale · Q Kᵀ where there is one.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="q">[batch, queries, heads, size].</param>
    /// <param name="k">[batch, keys, key heads, size]; fewer key heads are shared by consecutive query heads.</param>
    /// <param name="v">[batch, keys, key heads, size].</param>
    /// <param name="scale">Factor on the scores.</param>
    /// <param name="bias">Broadcasts to [batch, heads, queries, keys], or null.</param>
    /// <param name="cap">What scaled scores softly stay below, before the bias; null means no limit.</param>
    /// <returns>[batch, queries, heads · size].</returns>
    public static Value Attend(Tape tape, Value q, Value k, Value v, float scale, Tensor? bias, float? cap = null)
    {
        int heads = q.Shape[2];
        Value queries = tape.Permute(q, 0, 2, 1, 3);
        Value keys = Repeat(tape, tape.Permute(k, 0, 2, 1, 3), heads);
        Value values = Repeat(tape, tape.Permute(v, 0, 2, 1, 3), heads);
        Value scores = tape.MatMul(queries, keys, transposeB: true);
        Value weights = cap is { } most
            ? tape.Softmax(SoftLimit.Forward(tape, scores, most, scale), 1f, bias)
            : tape.Softmax(scores, scale, bias);
        Value merged = tape.Permute(tape.MatMul(weights, values), 0, 2, 1, 3);
        return tape.Reshape(merged, [q.Shape[0], q.Shape[1], heads * v.Shape[3]]);
    }

    private static Value Repeat(Tape tape, Value x, int heads)
    {
        int own = x.Shape[1];
        if (own == heads)
        {
            return x;
        }

        (int batch, int length, int size) = (x.Shape[0], x.Shape[2], x.Shape[3]);
        Value grouped = tape.Reshape(x, [batch, own, 1, length, size]);
        return tape.Reshape(tape.Expand(grouped, [batch, own, heads / own, length, size]), [batch, heads, length, size]);
    }
}
