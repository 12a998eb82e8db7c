using Mend.Tensors;

namespace Mend.Models;

/// <summary>
/// How a checkpoint's matrices lie where files of another kind than Hugging Face's keep them in another order. Families ask for it
/// when they lay out their parameters; the mathematics is the same.
/// </summary>
public sealed record StorageConventions
{
    /// <summary>As Hugging Face's checkpoints have them.</summary>
    public static StorageConventions HuggingFace { get; } = new();

    /// <summary>
    /// Whether the rows of query and key matrices are ordered so that the two entries which rotary embeddings turn together are
    /// neighbours, where the family's own checkpoints have them half a head apart.
    /// </summary>
    public bool NeighbouringPairs { get; init; }

    /// <summary>Whether every matrix lies [out, in], also those that the family's own checkpoints have as [in, out].</summary>
    public bool MatricesOutIn { get; init; }

    /// <summary>
    /// Whether a matrix that queries, keys and values come from has all queries first, then all keys, then all values, where the family's
    /// own checkpoints have them by key head.
    /// </summary>
    public bool KindsApart { get; init; }

    /// <summary>How a linear layer's matrix lies.</summary>
    /// <param name="own">How the family's own checkpoints have it.</param>
    public WeightLayout Layout(WeightLayout own) => MatricesOutIn ? WeightLayout.OutIn : own;
}
