using System.Text;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads the line-based tokenizer files.</summary>
internal static class TextFile
{
    /// <summary>The lines of a UTF-8 file. Only \n and \r\n end a line: vocabularies hold other line separators as tokens.</summary>
    public static string[] Lines(string path)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));
        }
        catch (DecoderFallbackException e)
        {
            throw new TokenizerException(path, "this is not UTF-8 text.", "Take the file from the published checkpoint again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }

        text = text.StartsWith('\uFEFF') ? text[1..] : text;
        var lines = text.Split('\n').Select(line => line.EndsWith('\r') ? line[..^1] : line).ToArray();
        return lines.Length > 0 && lines[^1].Length == 0 ? lines[..^1] : lines;
    }

    public static TokenizerException Unreadable(string path, Exception cause) =>
        new(path, $"the file cannot be read: {cause.Message}", "Check that it exists and that this process may read it.", cause);
}
