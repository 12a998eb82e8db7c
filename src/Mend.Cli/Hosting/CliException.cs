namespace Mend.Cli;

/// <summary>A command cannot go on; the message is the line that the user sees.</summary>
internal sealed class CliException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="exitCode">What the process ends with.</param>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="inner">The cause, or null.</param>
    public CliException(int exitCode, string message, Exception? inner = null)
        : base(message, inner) => ExitCode = exitCode;

    /// <summary>What the process ends with.</summary>
    public int ExitCode { get; }
}
