namespace Mend.Tensors;

/// <summary>Operands of a tensor operation have shapes that do not fit together. Nothing was written.</summary>
public sealed class ShapeException : ArgumentException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which operation, the shapes seen and the shapes wanted.</param>
    public ShapeException(string message)
        : base(message)
    {
    }
}
