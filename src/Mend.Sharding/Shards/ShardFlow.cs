using Mend.Editing;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>What one shard hands to the next: hidden states, and the encoder's output once there is one.</summary>
/// <param name="Hidden">[batch, sequence, width]; null into the first shard.</param>
/// <param name="Encoder">[batch, source, width], or null.</param>
/// <remarks>Owned by the shard that made it, until the call of the next shard returns.</remarks>
public sealed record ShardActivations(Tensor? Hidden, Tensor? Encoder) : IDisposable
{
    /// <summary>Digest of the entry of the version that they were computed with; null for the base model, and into the first shard.</summary>
    public string? VersionDigest { get; init; }

    /// <summary>What a pass starts from.</summary>
    /// <param name="engine">The first shard's engine.</param>
    /// <param name="pass">The pass.</param>
    /// <returns>Owned by the caller.</returns>
    public static ShardActivations Of(IEngine engine, Pass pass) => new(
        pass.Start is null ? null : engine.FromHost(pass.Start.Data, pass.Start.Shape),
        pass.StartEncoder is null ? null : engine.FromHost(pass.StartEncoder.Data, pass.StartEncoder.Shape));

    /// <summary>Gives the tensors back.</summary>
    public void Dispose()
    {
        Hidden?.Dispose();
        Encoder?.Dispose();
    }
}

/// <summary>What comes back: the answer of the last shard, and the gradient with respect to what was handed over.</summary>
/// <param name="Result">The pass's answer.</param>
/// <param name="HiddenGradient">Gradient of the hidden states, or null when nobody below asks for it.</param>
/// <param name="EncoderGradient">Gradient of the encoder's output, or null.</param>
/// <remarks>Owned by the receiver.</remarks>
public sealed record ShardReply(PassResult Result, Tensor? HiddenGradient, Tensor? EncoderGradient) : IDisposable
{
    /// <summary>Gives the gradients back.</summary>
    public void Dispose()
    {
        HiddenGradient?.Dispose();
        EncoderGradient?.Dispose();
    }
}

/// <summary>Calls the next shard of the chain.</summary>
/// <param name="pass">The pass, without the texts that this shard could not go on with.</param>
/// <param name="activations">What it starts from.</param>
/// <param name="cancellationToken">Cancels the pass.</param>
public delegate Task<ShardReply> NextShard(Pass pass, ShardActivations activations, CancellationToken cancellationToken);
