using Mend.Models.Tokenizers.Patterns;
using Mend.Models.Tokenizers.Patterns.WordScanners;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads patterns: {"String": "…"} or {"Regex": "…"}.</summary>
internal static class PatternReader
{
    public static IPattern Read(JsonPart pattern)
    {
        if (pattern.OptionalString("String") is { } literal)
        {
            return new LiteralPattern(literal);
        }

        var expression = pattern.String("Regex");
        return expression switch
        {
            Gpt2WordScanner.Pattern => new ScannerPattern(new Gpt2WordScanner()),
            CaselessWordScanner.Llama3Pattern => new ScannerPattern(new CaselessWordScanner(digits: 3)),
            CaselessWordScanner.Qwen2Pattern => new ScannerPattern(new CaselessWordScanner(digits: 1)),
            _ => ReadRegex(pattern, expression),
        };
    }

    private static RegexPattern ReadRegex(JsonPart pattern, string expression)
    {
        try
        {
            return new RegexPattern(expression, pattern.File);
        }
        catch (ArgumentException e)
        {
            throw new TokenizerException(
                pattern.File,
                $"the regular expression '{expression}' at '{pattern.Path}' cannot be used: {e.Message.TrimEnd('.')}.",
                "Rewrite it in .NET's syntax with the same meaning.",
                e);
        }
    }
}
