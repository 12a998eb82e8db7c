namespace Mend.Editing;

/// <summary>An edit or prompt cannot be used as it is given.</summary>
public sealed class EditRequestException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public EditRequestException(string message)
        : base(message)
    {
    }
}
