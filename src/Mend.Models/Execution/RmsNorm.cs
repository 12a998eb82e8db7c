using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Root-mean-square normalisation (Zhang and Sennrich, 2019) with its gain.</summary>
internal sealed class RmsNorm : IRowNorm
{
    private readonly Tensor _gain;
    private readonly float _epsilon;

    /// <summary>Loads "prefix.weight", [width].</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">Name without ".weight".</param>
    /// <param name="width">Row length.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="aroundOne">Whether the checkpoint holds the gain as its distance from 1.</param>
    public RmsNorm(ParameterSource parameters, string prefix, int width, float epsilon, bool aroundOne = false)
    {
        Tensor stored = parameters.Tensor(prefix + ".weight", [width]);
        Tensor ones = aroundOne ? parameters.Ones([width]) : stored;
        _gain = aroundOne ? parameters.Made([width], engine => engine.Add(stored, ones)) : stored;
        _epsilon = epsilon;
    }

    /// <inheritdoc/>
    public Value Forward(Tape tape, Value x) => tape.RmsNorm(x, _gain, _epsilon);
}
