using Mend.Tensors;

namespace Mend.Models;

/// <summary>One parameter that a stage reads from the checkpoint.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Stored">The shape as stored.</param>
/// <param name="Layout">How a linear layer's matrix lies; null for everything else.</param>
/// <param name="Share">The share of the tokens that read it, on average: below 1 for an expert's.</param>
public sealed record ParameterSpec(string Name, Shape Stored, WeightLayout? Layout, double Share = 1)
{
    /// <summary>Whether it is the matrix of a linear layer, which an edit may change.</summary>
    public bool IsLinear => Layout is not null;

    /// <summary>Inputs of a linear layer.</summary>
    public int In => Layout == WeightLayout.InOut ? Stored[0] : Stored.Last;

    /// <summary>Outputs of a linear layer.</summary>
    public int Out => Layout == WeightLayout.InOut ? Stored.Last : Stored[0];
}
