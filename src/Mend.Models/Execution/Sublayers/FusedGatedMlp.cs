using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>As <see cref="GatedMlp"/>, with gate and up in one matrix, the gate's rows first (Phi-3).</summary>
internal sealed class FusedGatedMlp : ISublayer
{
    private readonly LinearLayer _gateUp;
    private readonly LinearLayer _down;
    private readonly UnaryOp _activation;
    private readonly int _inner;

    /// <summary>Loads the matrices.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">"model.layers.3.mlp".</param>
    /// <param name="width">Size of the hidden states.</param>
    /// <param name="inner">Size between.</param>
    /// <param name="activation">Function on the gate.</param>
    /// <param name="bias">Whether both have biases.</param>
    public FusedGatedMlp(ParameterSource parameters, string prefix, int width, int inner, UnaryOp activation, bool bias)
    {
        _gateUp = parameters.Linear($"{prefix}.gate_up_proj", width, 2 * inner, bias);
        _down = parameters.Linear($"{prefix}.down_proj", inner, width, bias);
        (_activation, _inner) = (activation, inner);
    }

    /// <inheritdoc/>
    public Value Forward(StageContext context, Value x)
    {
        Tape tape = context.Tape;
        Value both = context.Linear(_gateUp, x);
        Value gate = tape.Unary(_activation, tape.Narrow(both, 2, 0, _inner));
        return context.Linear(_down, tape.Multiply(gate, tape.Narrow(both, 2, _inner, _inner)));
    }
}
