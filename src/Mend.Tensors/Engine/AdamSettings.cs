namespace Mend.Tensors;

/// <summary>One Adam update (Kingma and Ba, 2015, algorithm 1).</summary>
/// <param name="Rate">Step size of this step.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="Step">Number of this step, from 1, for the bias corrections.</param>
/// <param name="GradientScale">The gradient is multiplied by this first (clipping, averaging).</param>
public readonly record struct AdamSettings(float Rate, float Beta1, float Beta2, float Epsilon, int Step, float GradientScale = 1f);
