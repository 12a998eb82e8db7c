using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>down(f(up x)).</summary>
internal sealed class PlainMlp : ISublayer
{
    private readonly LinearLayer _up;
    private readonly LinearLayer _down;
    private readonly UnaryOp _activation;

    /// <summary>Loads the matrices.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="up">Name of the first without ".weight".</param>
    /// <param name="down">Name of the second without ".weight".</param>
    /// <param name="width">Size of the hidden states.</param>
    /// <param name="inner">Size between.</param>
    /// <param name="activation">f.</param>
    /// <param name="bias">Whether both have biases.</param>
    public PlainMlp(ParameterSource parameters, string up, string down, int width, int inner, UnaryOp activation, bool bias = true)
    {
        _up = parameters.Linear(up, width, inner, bias);
        _down = parameters.Linear(down, inner, width, bias);
        _activation = activation;
    }

    /// <inheritdoc/>
    public Value Forward(StageContext context, Value x) => context.Linear(_down, context.Tape.Unary(_activation, context.Linear(_up, x)));
}
