using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// u and δ of one edited layer for one edit, without the rows that say nothing: a row is kept when u has a non-zero and
/// δ has a non-zero. ∇W = Σ_t δ_t u_tᵀ over the kept rows. Immutable by convention.
/// </summary>
public sealed class LayerSignals
{
    private LayerSignals(string layer, int[] kept, float[] u, float[] delta, int inputs, int outputs)
    {
        Layer = layer;
        KeptRows = kept;
        U = u;
        Delta = delta;
        Inputs = inputs;
        Outputs = outputs;
    }

    /// <summary>The edited parameter's full name.</summary>
    public string Layer { get; }

    /// <summary>Which rows of the edit's batch were kept, ascending.</summary>
    public int[] KeptRows { get; }

    /// <summary>Number of kept rows.</summary>
    public int Rows => KeptRows.Length;

    /// <summary>Size of u.</summary>
    public int Inputs { get; }

    /// <summary>Size of δ.</summary>
    public int Outputs { get; }

    /// <summary>Row-major [rows, inputs].</summary>
    public float[] U { get; }

    /// <summary>Row-major [rows, outputs].</summary>
    public float[] Delta { get; }

    /// <summary>Names what the edit is about, for methods that solve edits together; null for others.</summary>
    public string? Subject { get; init; }

    /// <summary>Bytes held.</summary>
    public long ByteLength => (U.LongLength + Delta.LongLength) * sizeof(float);

    /// <summary>Takes over rows that were kept elsewhere.</summary>
    /// <param name="layer">The edited parameter's full name.</param>
    /// <param name="rows">Which rows of the edit's batch they are, ascending.</param>
    /// <param name="u">Row-major [rows, inputs]; owned by the new object.</param>
    /// <param name="delta">Row-major [rows, outputs]; owned by the new object.</param>
    /// <param name="inputs">Size of u.</param>
    /// <param name="outputs">Size of δ.</param>
    /// <param name="subject">See <see cref="Subject"/>.</param>
    /// <exception cref="ArgumentException">A length disagrees with the sizes.</exception>
    public static LayerSignals Of(string layer, int[] rows, float[] u, float[] delta, int inputs, int outputs, string? subject = null) =>
        u.LongLength == (long)rows.Length * inputs && delta.LongLength == (long)rows.Length * outputs
            ? new LayerSignals(layer, rows, u, delta, inputs, outputs) { Subject = subject }
            : throw new ArgumentException($"Signals of '{layer}' have {u.LongLength} and {delta.LongLength} values; {rows.Length} rows want {rows.Length}x{inputs} and {rows.Length}x{outputs}.");

    /// <summary>Keeps the telling rows of a range of batch rows.</summary>
    /// <param name="layer">The edited parameter's full name.</param>
    /// <param name="u">[batch, sequence, inputs].</param>
    /// <param name="delta">[batch, sequence, outputs].</param>
    /// <param name="firstBatchRow">First batch row of the edit.</param>
    /// <param name="batchRows">Number of batch rows of the edit.</param>
    /// <param name="speaks">Rows that may be kept; null for all.</param>
    public static LayerSignals Keep(string layer, HostTensor u, HostTensor delta, int firstBatchRow, int batchRows, Func<int, bool>? speaks = null)
    {
        (int length, int inputs, int outputs) = (u.Shape[1], u.Shape.Last, delta.Shape.Last);
        int first = firstBatchRow * length;
        List<int> kept = [];
        for (int row = 0; row < batchRows * length; row++)
        {
            if (speaks?.Invoke(row) != false && Row(u.Data, first + row, inputs).ContainsAnyExcept(0f) && Row(delta.Data, first + row, outputs).ContainsAnyExcept(0f))
            {
                kept.Add(row);
            }
        }

        float[] keptU = new float[kept.Count * inputs];
        float[] keptDelta = new float[kept.Count * outputs];
        for (int i = 0; i < kept.Count; i++)
        {
            Row(u.Data, first + kept[i], inputs).CopyTo(keptU.AsSpan(i * inputs));
            Row(delta.Data, first + kept[i], outputs).CopyTo(keptDelta.AsSpan(i * outputs));
        }

        return new LayerSignals(layer, [.. kept], keptU, keptDelta, inputs, outputs);
    }

    private static ReadOnlySpan<float> Row(float[] data, int row, int width) => data.AsSpan(row * width, width);
}
