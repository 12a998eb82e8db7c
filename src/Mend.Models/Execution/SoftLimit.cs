using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>most · tanh(x/most): nearly x where x is small, and never beyond ±most (Gemma 2).</summary>
internal static class SoftLimit
{
    /// <summary>Limits every element.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="most">The limit; above 0.</param>
    /// <param name="scale">Factor on x before.</param>
    public static Value Forward(Tape tape, Value x, float most, float scale = 1f) =>
        tape.Scale(tape.Unary(UnaryOp.Tanh, tape.Scale(x, scale / most)), most);
}
