using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>down(f(gate x) ⊙ up x), as Llama has it (Shazeer, 2020).</summary>
internal sealed class GatedMlp : ISublayer
{
    private readonly LinearLayer _gate;
    private readonly LinearLayer _up;
    private readonly LinearLayer _down;
    private readonly UnaryOp _activation;

    /// <summary>Loads the matrices.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">"model.layers.3.mlp".</param>
    /// <param name="width">Size of the hidden states.</param>
    /// <param name="inner">Size between.</param>
    /// <param name="activation">f.</param>
    /// <param name="bias">Whether all three have biases.</param>
    public GatedMlp(ParameterSource parameters, string prefix, int width, int inner, UnaryOp activation, bool bias = false)
    {
        _gate = parameters.Linear($"{prefix}.gate_proj", width, inner, bias);
        _up = parameters.Linear($"{prefix}.up_proj", width, inner, bias);
        _down = parameters.Linear($"{prefix}.down_proj", inner, width, bias);
        _activation = activation;
    }

    /// <inheritdoc/>
    public Value Forward(StageContext context, Value x)
    {
        Tape tape = context.Tape;
        Value gate = tape.Unary(_activation, context.Linear(_gate, x));
        return context.Linear(_down, tape.Multiply(gate, context.Linear(_up, x)));
    }
}
