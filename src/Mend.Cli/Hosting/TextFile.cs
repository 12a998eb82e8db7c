namespace Mend.Cli;

/// <summary>Ordinary text that a command measures or learns from.</summary>
internal static class TextFile
{
    /// <summary>Reads it.</summary>
    /// <exception cref="CliException">It cannot be read, or is empty.</exception>
    public static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            string text = await File.ReadAllTextAsync(file, cancellationToken);
            return string.IsNullOrWhiteSpace(text) ? throw new CliException(ExitCode.BadInput, $"The text file '{file}' is empty; give ordinary text, some pages of it.") : text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.BadInput, $"The text file '{file}' cannot be read ({e.Message}); name one that may be.", e);
        }
    }
}
