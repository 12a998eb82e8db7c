namespace Mend.Models.Chat.Jinja;

/// <summary>Something in a template went wrong; whoever renders it adds the place. Messages are worded as Python's and Jinja's.</summary>
internal sealed class TemplateFault : Exception
{
    /// <param name="message">What went wrong.</param>
    /// <param name="line">The template's line, from 1; 0 for the line at work.</param>
    public TemplateFault(string message, int line = 0)
        : base(message) => Line = line;

    public int Line { get; }

    /// <summary>Whether the template raised it on purpose.</summary>
    public bool IsRefusal { get; init; }
}
