namespace Mend.Tensors;

/// <summary>
/// A tensor on a <see cref="Tape"/>. Values live as long as their tape; share the data with <see cref="IEngine.Share"/>
/// or take a gradient with <see cref="Tape.TakeGradient"/> to keep it longer. Belongs to one thread at a time.
/// </summary>
public sealed class Value
{
    internal Value(Tensor data, bool requiresGradient)
    {
        Data = data;
        RequiresGradient = requiresGradient;
    }

    /// <summary>The tensor; owned by the tape, or by the caller of <see cref="Tape.Constant"/> and <see cref="Tape.Leaf"/>.</summary>
    public Tensor Data { get; }

    /// <summary>The shape of <see cref="Data"/>.</summary>
    public Shape Shape => Data.Shape;

    /// <summary>Whether <see cref="Tape.Backward"/> computes a gradient for it.</summary>
    public bool RequiresGradient { get; }

    /// <summary>Set before <see cref="Tape.Backward"/> to keep the gradient of a value that is not a leaf.</summary>
    public bool KeepGradient { get; set; }

    internal Tensor? Gradient { get; set; }

    internal bool GradientIsExclusive { get; set; }
}
