namespace Mend.Editing;

/// <summary>What the gradient pass finds out about one edit.</summary>
/// <param name="Layers">u and δ per edited layer.</param>
/// <param name="Loss">Mean NLL of the answer's tokens.</param>
/// <param name="Known">Whether the model gives the answer already.</param>
/// <param name="Entering">What enters the first edited block, so that later passes over the prompt need not start below it; null where the pass did not show it.</param>
public sealed record EditSignals(IReadOnlyList<LayerSignals> Layers, float Loss, bool Known, EnteringState? Entering = null);
