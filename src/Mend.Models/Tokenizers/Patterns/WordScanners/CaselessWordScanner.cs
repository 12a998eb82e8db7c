using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Patterns.WordScanners;

/// <summary>
/// The words of Llama 3 (up to three digits together) and Qwen 2 (digits one by one): contractions in either case, any
/// one sign before letters, line breaks kept with the signs or the white space before them.
/// </summary>
internal sealed class CaselessWordScanner : IWordScanner
{
    /// <summary>Llama 3's pattern.</summary>
    public const string Llama3Pattern = Head + @"\p{N}{1,3}" + Tail;

    /// <summary>Qwen 2's pattern.</summary>
    public const string Qwen2Pattern = Head + @"\p{N}" + Tail;

    private const string Head = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|";
    private const string Tail = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private readonly int _digits;

    /// <param name="digits">How many digits stay together.</param>
    public CaselessWordScanner(int digits) => _digits = digits;

    public int Next(ReadOnlySpan<char> text)
    {
        var contraction = Runs.Contraction(text, ignoreCase: true);
        if (contraction > 0)
        {
            return contraction;
        }

        var start = LettersFrom(text);
        var end = Runs.Letters(text, start);
        if (end > start)
        {
            return end;
        }

        end = Runs.Numbers(text, 0, _digits);
        return end > 0 ? end : SignsOrSpace(text);
    }

    /// <summary>Where \p{L}+ may start: after a first sign that is neither line break, letter nor number.</summary>
    private static int LettersFrom(ReadOnlySpan<char> text)
    {
        var c = CodePoints.At(text, 0, out var length);
        return c is '\r' or '\n' || CodePoints.IsLetter(c) || CodePoints.IsNumber(c) ? 0 : length;
    }

    private static int SignsOrSpace(ReadOnlySpan<char> text)
    {
        var start = text[0] == ' ' ? 1 : 0;
        var end = Runs.Others(text, start);
        if (end > start)
        {
            return Runs.LineBreaks(text, end);
        }

        var lineBreak = text[..Runs.SpaceRun(text)].LastIndexOfAny('\r', '\n');
        return lineBreak >= 0 ? lineBreak + 1 : Runs.Space(text);
    }
}
