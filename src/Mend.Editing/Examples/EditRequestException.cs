namespace Mend.Editing;

/// <summary>An edit or prompt cannot be used as it is given.</summary>
public sealed class EditRequestException : Exception
{
    /// <summary>Refuses rephrases, for methods that edit one prompt at a time.</summary>
    /// <param name="rephrases">The rephrases.</param>
    /// <exception cref="EditRequestException">There are some.</exception>
    internal static void ThrowIfRephrased(IReadOnlyList<string> rephrases)
    {
        if (rephrases.Count > 0)
        {
            throw new EditRequestException("This editor edits one prompt at a time and takes no rephrases; leave them out, or use an editor of `mend train --method joint`.");
        }
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public EditRequestException(string message)
        : base(message)
    {
    }
}
