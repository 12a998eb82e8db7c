namespace Mend.Tensors;

/// <summary>The element type in which a device multiplies by a frozen weight. Everything else is float32 always.</summary>
public enum ComputeType
{
    /// <summary>Weights are converted to float32 for the product.</summary>
    F32,

    /// <summary>
    /// Rows are rounded to bfloat16 and multiplied by weights that are stored in it, sums in float32, the result rounded to
    /// bfloat16: faster on devices with matrix units, with about three digits. Other weights are multiplied in float32.
    /// </summary>
    BF16,
}
