using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Layer normalisation with its parameters.</summary>
public sealed class Norm
{
    private readonly Tensor _gain;
    private readonly Tensor _bias;
    private readonly float _epsilon;

    /// <summary>Loads "prefix.weight" and "prefix.bias", both [width].</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">Name without ".weight".</param>
    /// <param name="width">Row length.</param>
    /// <param name="epsilon">ε.</param>
    public Norm(ParameterSource parameters, string prefix, int width, float epsilon)
    {
        _gain = parameters.Tensor(prefix + ".weight", [width]);
        _bias = parameters.Tensor(prefix + ".bias", [width]);
        _epsilon = epsilon;
    }

    /// <summary>Normalises rows.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">[…, width].</param>
    public Value Forward(Tape tape, Value x) => tape.LayerNorm(x, _gain, _bias, _epsilon);
}
