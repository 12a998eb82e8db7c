namespace Mend.Tensors;

/// <summary>Attention over kept keys and values.</summary>
internal static partial class OperandChecks
{
    /// <summary>Queries, keys and values belong together, and the texts take all their rows.</summary>
    /// <returns>Extent of the result's rows.</returns>
    public static int Attend(Tensor q, Tensor k, Tensor v, IReadOnlyList<TextKeys> texts, in AttentionSettings settings)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Window ?? 1, 1, nameof(settings));
        bool fit = q.Shape.Rank == 4 && k.Shape.Rank == 4 && v.Shape.Rank == 4 && q.Shape[0] == 1 && k.Shape[0] == 1 && v.Shape[0] == 1
            && k.Shape[1] == q.Shape[1] && v.Shape[1] == q.Shape[1] && v.Shape[2] == k.Shape[2] && k.Shape[3] == q.Shape[3] && q.Shape[2] % k.Shape[2] == 0;
        if (!fit)
        {
            throw new ShapeException(
                $"Attend: queries {q.Shape}, keys {k.Shape} and values {v.Shape} do not belong together; [1, rows, heads, size] are wanted, with key heads that divide the heads.");
        }

        int rows = 0;
        foreach (TextKeys text in texts)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(text.Rows, 1, nameof(texts));
            KeyValues memory = text.Memory;
            if (memory.Heads != k.Shape[2] || memory.KeySize != k.Shape[3] || memory.ValueSize != v.Shape[3])
            {
                throw new ShapeException(
                    $"Attend: a text's memory has {memory.Heads} heads of {memory.KeySize} and {memory.ValueSize}; keys are {k.Shape}, values {v.Shape}.");
            }

            if (text.Bias is { } bias && !Fits(bias.Shape, q.Shape[2], text.Rows, memory.Length + text.Rows))
            {
                throw new ShapeException($"Attend: a bias has shape {bias.Shape}; [1, {q.Shape[2]} or 1, {text.Rows} or 1, {memory.Length + text.Rows}] is wanted.");
            }

            rows += text.Rows;
        }

        return rows == q.Shape[1] ? q.Shape[2] * v.Shape[3] : throw new ShapeException($"Attend: the texts have {rows} rows, and the queries {q.Shape}.");
    }

    private static bool Fits(Shape bias, int heads, int rows, int keys) =>
        bias.Rank == 4 && bias[0] == 1 && (bias[1] == heads || bias[1] == 1) && (bias[2] == rows || bias[2] == 1) && bias[3] == keys;
}
