namespace Mend.Models;

/// <summary>A model folder cannot be used: its configuration or its parameters are not what a family supports.</summary>
public sealed class ModelException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, where, and what to do.</param>
    public ModelException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, where, and what to do.</param>
    /// <param name="inner">The cause.</param>
    public ModelException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
