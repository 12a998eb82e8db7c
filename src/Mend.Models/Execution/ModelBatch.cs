namespace Mend.Models.Execution;

/// <summary>
/// Token ids of a batch, padded on the right to one length. Immutable; positions count from 0 in every row. For sequence
/// to sequence the inputs are the encoder's and the decoder's have a length of their own.
/// </summary>
public sealed class ModelBatch
{
    /// <summary>Creates a batch from padded rows.</summary>
    /// <param name="size">Number of rows.</param>
    /// <param name="inputIds">Row-major [size, length].</param>
    /// <param name="mask">1 where there is a token, 0 at padding; null means no padding.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public ModelBatch(int size, int[] inputIds, int[]? mask = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (inputIds.Length == 0 || inputIds.Length % size != 0 || (mask is not null && mask.Length != inputIds.Length))
        {
            throw new ArgumentException($"{inputIds.Length} ids and {mask?.Length} mask entries are no batch of {size} rows of equal, positive length.");
        }

        Size = size;
        Length = inputIds.Length / size;
        InputIds = inputIds;
        Mask = mask is not null && Array.IndexOf(mask, 0) >= 0 ? mask : null;
    }

    /// <summary>Number of rows.</summary>
    public int Size { get; }

    /// <summary>Length of a row of inputs.</summary>
    public int Length { get; }

    /// <summary>Row-major [size, length].</summary>
    public int[] InputIds { get; }

    /// <summary>Row-major [size, length], 0 at padding; null when there is none.</summary>
    public int[]? Mask { get; }

    /// <summary>The decoder's inputs, row-major [size, decoder length]; null for models without a decoder of their own.</summary>
    public int[]? DecoderIds { get; init; }

    /// <summary>0 where the decoder must not look; null when there is no such place.</summary>
    public int[]? DecoderMask { get; init; }

    /// <summary>Segment of each input (BERT); null means all 0.</summary>
    public int[]? TokenTypes { get; init; }

    /// <summary>Length of a row of the decoder's inputs, or 0.</summary>
    public int DecoderLength => (DecoderIds?.Length ?? 0) / Size;

    /// <summary>Length of a row of outputs.</summary>
    public int OutputLength => DecoderIds is null ? Length : DecoderLength;

    /// <summary>The decoder's inputs, where there must be some.</summary>
    /// <exception cref="InvalidOperationException">The batch has none.</exception>
    public int[] RequireDecoderIds() => DecoderIds ?? throw new InvalidOperationException("A model with a decoder was given a batch without the decoder's inputs.");

    /// <summary>Pads sequences of different lengths on the right.</summary>
    /// <param name="sequences">At least one, none empty.</param>
    /// <param name="pad">The id to fill with.</param>
    public static ModelBatch Pad(IReadOnlyList<int[]> sequences, int pad = 0)
    {
        (int[] ids, int[]? mask) = PadRows(sequences, pad);
        return new ModelBatch(sequences.Count, ids, mask);
    }

    /// <summary>Pads rows on the right and makes their mask.</summary>
    /// <param name="rows">At least one.</param>
    /// <param name="pad">The id to fill with.</param>
    /// <param name="atLeast">Least length of a padded row.</param>
    public static (int[] Ids, int[]? Mask) PadRows(IReadOnlyList<int[]> rows, int pad = 0, int atLeast = 0)
    {
        int length = Math.Max(atLeast, rows.Max(r => r.Length));
        int[] ids = new int[rows.Count * length];
        int[] mask = new int[ids.Length];
        for (int i = 0; i < rows.Count; i++)
        {
            rows[i].CopyTo(ids, i * length);
            ids.AsSpan(i * length + rows[i].Length, length - rows[i].Length).Fill(pad);
            mask.AsSpan(i * length, rows[i].Length).Fill(1);
        }

        return (ids, Array.IndexOf(mask, 0) < 0 ? null : mask);
    }
}
