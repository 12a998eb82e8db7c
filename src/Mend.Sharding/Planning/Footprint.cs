namespace Mend.Sharding;

/// <summary>What one shard holds and needs, or all shards in one process. Bytes; see <see cref="DryRun"/> for how they come about.</summary>
public sealed record Footprint
{
    /// <summary>Parameters as the checkpoint stores them.</summary>
    public required long ParameterBytes { get; init; }

    /// <summary>Float32 copies of biases, norms and other vectors, which engines make beside what is stored.</summary>
    public required long VectorBytes { get; init; }

    /// <summary>The editor of the edited layers: networks, learned steps, whitening matrices.</summary>
    public required long EditorBytes { get; init; }

    /// <summary>Float32 copies of the edited layers, once their edits are folded.</summary>
    public required long FoldedBytes { get; init; }

    /// <summary>Most bytes of tensors in a gradient pass of the batch: what the tape keeps, gradients, what the shards before and after handed over.</summary>
    public required long GradientBytes { get; init; }

    /// <summary>Most bytes of tensors in an edit: its gradient pass, the editor, and the pass that tries the strengths.</summary>
    public required long EditBytes { get; init; }

    /// <summary>Most bytes of tensors while sequences are generated, keys and values included; 0 for a classifier.</summary>
    public required long GenerationBytes { get; init; }

    /// <summary>Keys and values of the generated sequences; 0 for a classifier.</summary>
    public required long CacheBytes { get; init; }

    /// <summary>Tensors handed to the next shard in a pass of the batch.</summary>
    public required long SentForwardBytes { get; init; }

    /// <summary>Gradients handed back to the shard before in a gradient pass of the batch.</summary>
    public required long SentBackwardBytes { get; init; }
}
