using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Normalises a value over its innermost axis, or over what a kind of norm takes for a row.</summary>
internal interface IRowNorm
{
    /// <summary>Normalises.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">[…, width].</param>
    /// <returns>The same shape.</returns>
    Value Forward(Tape tape, Value x);
}

/// <summary>The kinds of norms that stand between the parts of a model.</summary>
internal enum NormKind
{
    /// <summary>Root mean square with a gain.</summary>
    Rms,

    /// <summary>Root mean square with a gain that the checkpoint holds as its distance from 1 (Gemma).</summary>
    RmsAroundOne,

    /// <summary>Layer norm with gain and bias.</summary>
    Layer,

    /// <summary>Layer norm with a gain alone (Cohere).</summary>
    LayerWithoutBias,
}

/// <summary>Loads norms by their kind.</summary>
internal static class RowNorm
{
    /// <summary>Loads "prefix.weight" and, where there is one, "prefix.bias".</summary>
    /// <param name="kind">Which.</param>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">Name without ".weight".</param>
    /// <param name="width">Row length.</param>
    /// <param name="epsilon">ε.</param>
    public static IRowNorm Load(NormKind kind, ParameterSource parameters, string prefix, int width, float epsilon) => kind switch
    {
        NormKind.Rms => new RmsNorm(parameters, prefix, width, epsilon),
        NormKind.RmsAroundOne => new RmsNorm(parameters, prefix, width, epsilon, aroundOne: true),
        NormKind.Layer => new Norm(parameters, prefix, width, epsilon),
        _ => new Norm(parameters, prefix, width, epsilon, bias: false),
    };
}
