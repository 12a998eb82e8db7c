namespace Mend.Editing;

/// <summary>A layer that an editor edits.</summary>
/// <param name="Name">The parameter's full name in the checkpoint.</param>
/// <param name="Inputs">Size of u.</param>
/// <param name="Outputs">Size of δ.</param>
/// <param name="Group">Name of the network that serves it: "inputs x outputs" when shared, else the layer's own name.</param>
/// <param name="Mode">Its row of FiLM scales and shifts in that network.</param>
public sealed record EditedLayer(string Name, int Inputs, int Outputs, string Group, int Mode);
