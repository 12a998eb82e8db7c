using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>One loaded link of the chain. Holds weights only; safe to run for several passes at once.</summary>
public interface IStage
{
    /// <summary>Computes the stage.</summary>
    /// <param name="context">The pass: tape, batch, edited layers, cache.</param>
    /// <param name="input">What the previous stage returned; empty for the first.</param>
    StageState Forward(StageContext context, StageState input);
}

/// <summary>What travels along the chain.</summary>
/// <param name="Hidden">Hidden states [batch, sequence, width], or the head's logits; null before the first stage.</param>
/// <param name="Encoder">The encoder's output [batch, source, width], once there is one.</param>
public readonly record struct StageState(Value? Hidden, Value? Encoder = null)
{
    /// <summary>The hidden states, where there must be some.</summary>
    /// <exception cref="InvalidOperationException">The stage was started without its predecessor's output.</exception>
    public Value RequireHidden() => Hidden ?? throw new InvalidOperationException("A stage other than the first was run without hidden states.");

    /// <summary>The encoder's output, where there must be one.</summary>
    /// <exception cref="InvalidOperationException">A decoder stage was started without the encoder's output.</exception>
    public Value RequireEncoder() => Encoder ?? throw new InvalidOperationException("A decoder stage was run without the encoder's output.");
}
