namespace Mend.Models.Chat;

/// <summary>A chat template cannot be read, cannot be rendered, or refuses the conversation it was given.</summary>
public sealed class ChatTemplateException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, where, and what to do; a refusal's is what the template says.</param>
    /// <param name="isRefusal">Whether the template itself refuses the conversation.</param>
    /// <param name="inner">The cause, or null.</param>
    public ChatTemplateException(string message, bool isRefusal = false, Exception? inner = null)
        : base(message, inner) => IsRefusal = isRefusal;

    /// <summary>Where a template that refuses is from.</summary>
    public string? Template { get; init; }

    /// <summary>Whether the template itself refuses the conversation, by raise_exception; the message is what it says.</summary>
    public bool IsRefusal { get; }
}
