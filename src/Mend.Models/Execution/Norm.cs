using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Layer normalisation with its parameters.</summary>
internal sealed class Norm : IRowNorm
{
    private readonly Tensor _gain;
    private readonly Tensor? _bias;
    private readonly float _epsilon;

    /// <summary>Loads "prefix.weight" and "prefix.bias", both [width].</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">Name without ".weight".</param>
    /// <param name="width">Row length.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="gain">Whether the checkpoint has a gain.</param>
    /// <param name="bias">Whether it has a bias.</param>
    public Norm(ParameterSource parameters, string prefix, int width, float epsilon, bool gain = true, bool bias = true)
    {
        _gain = gain ? parameters.Tensor(prefix + ".weight", [width]) : parameters.Ones([width]);
        _bias = bias ? parameters.Tensor(prefix + ".bias", [width]) : null;
        _epsilon = epsilon;
    }

    /// <inheritdoc/>
    public Value Forward(Tape tape, Value x) => tape.LayerNorm(x, _gain, _bias, _epsilon);
}
