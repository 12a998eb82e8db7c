using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Part of a transformer layer that a residual sum goes around: attention, an MLP, a mixture of experts.</summary>
internal interface ISublayer
{
    /// <summary>Computes its output, without the residual sum.</summary>
    /// <param name="context">The pass.</param>
    /// <param name="x">[batch, sequence, width].</param>
    /// <returns>[batch, sequence, width].</returns>
    Value Forward(StageContext context, Value x);
}
