using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>A frozen linear layer of a block, which an edit may overlay.</summary>
/// <param name="Weight">The matrix.</param>
/// <param name="Bias">[out], or null.</param>
public sealed record LinearLayer(Weight Weight, Tensor? Bias)
{
    /// <summary>The matrix's full name in the checkpoint.</summary>
    public string Name => Weight.Name;
}

/// <summary>Lays committed edits over linear layers: the layer as a version of the model has it.</summary>
public interface ILayerOverlay
{
    /// <summary>Whether it changes a layer.</summary>
    /// <param name="layer">Full name of the layer's matrix.</param>
    bool Changes(string layer);

    /// <summary>Computes the layer's output under the edits.</summary>
    /// <param name="tape">The tape of the pass.</param>
    /// <param name="layer">The layer as loaded.</param>
    /// <param name="x">Its input u, [batch, sequence, in].</param>
    /// <returns>[batch, sequence, out], bias included.</returns>
    Value Forward(Tape tape, LinearLayer layer, Value x);
}

/// <summary>Wraps a linear layer during one pass: watches u and δ, or adds factors that are being trained.</summary>
public interface ILayerHook
{
    /// <summary>Computes the layer's output.</summary>
    /// <param name="tape">The tape of the pass.</param>
    /// <param name="x">The layer's input u, [batch, sequence, in].</param>
    /// <param name="layer">The layer under the version's edits.</param>
    /// <returns>[batch, sequence, out].</returns>
    Value Forward(Tape tape, Value x, Func<Value, Value> layer);

    /// <summary>Called when gradients are there, before the tape is disposed.</summary>
    /// <param name="tape">The tape of the pass.</param>
    void Collect(Tape tape);
}
