using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>One tensor that an export wrote anew.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Type">The element type it was written in.</param>
/// <param name="Change">Norm of the edits relative to the norm of the weight.</param>
/// <param name="RoundingLoss">Norm of what rounding changed relative to the norm of the edits; 0 for f32.</param>
public sealed record ExportedTensor(string Name, DType Type, double Change, double RoundingLoss)
{
    /// <summary>Rounding loss above which a user should be warned.</summary>
    public const double WarnAbove = 0.01;

    /// <summary>Whether rounding lost more of the edit than <see cref="WarnAbove"/>.</summary>
    public bool LosesEdit => RoundingLoss > WarnAbove;
}
