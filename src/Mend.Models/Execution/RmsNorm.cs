using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Root-mean-square normalisation (Zhang and Sennrich, 2019) with its gain.</summary>
public sealed class RmsNorm
{
    private readonly Tensor _gain;
    private readonly float _epsilon;

    /// <summary>Loads "prefix.weight", [width].</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">Name without ".weight".</param>
    /// <param name="width">Row length.</param>
    /// <param name="epsilon">ε.</param>
    public RmsNorm(ParameterSource parameters, string prefix, int width, float epsilon)
    {
        _gain = parameters.Tensor(prefix + ".weight", [width]);
        _epsilon = epsilon;
    }

    /// <summary>Normalises rows.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">[…, width].</param>
    public Value Forward(Tape tape, Value x) => tape.RmsNorm(x, _gain, _epsilon);
}
