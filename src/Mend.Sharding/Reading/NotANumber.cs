using System.Numerics.Tensors;
using Mend.Models;

namespace Mend.Sharding;

/// <summary>Stops at outputs that are no numbers: an answer made from them would be noise that looks like one.</summary>
internal static class NotANumber
{
    /// <summary>Throws when an output is not a number, or infinite where only numbers can be.</summary>
    /// <param name="values">Logits, or logarithms of probabilities.</param>
    /// <exception cref="ModelException">One is.</exception>
    public static void ThrowIfAny(ReadOnlySpan<float> values)
    {
        if (IsAny(values))
        {
            throw Error();
        }
    }

    /// <summary>Whether an output is not a number, or infinite where only numbers can be.</summary>
    /// <param name="values">Logits, or logarithms of probabilities.</param>
    public static bool IsAny(ReadOnlySpan<float> values) => values.Length > 0 && !float.IsFinite(TensorPrimitives.Max(values));

    /// <summary>What is wrong then.</summary>
    public static ModelException Error() => new(
        "What the model computes is not a number: its weights hold NaN or infinities, or an edit does. `mend doctor` looks at the weights; `mend generate --version 0` shows the model without edits.");
}
