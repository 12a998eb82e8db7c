using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Patterns.WordScanners;

/// <summary>The parts from which the well-known patterns are made. All positions are UTF-16 indices.</summary>
internal static class Runs
{
    /// <summary>The end of \p{L}+ from <paramref name="at"/>; <paramref name="at"/> itself if no letter is there.</summary>
    public static int Letters(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length)
        {
            var c = CodePoints.At(text, at, out var length);
            if (!CodePoints.IsLetter(c))
            {
                break;
            }

            at += length;
        }

        return at;
    }

    /// <summary>The end of at most <paramref name="most"/> numbers, \p{N}.</summary>
    public static int Numbers(ReadOnlySpan<char> text, int at, int most = int.MaxValue)
    {
        for (; at < text.Length && most > 0; most--)
        {
            var c = CodePoints.At(text, at, out var length);
            if (!CodePoints.IsNumber(c))
            {
                break;
            }

            at += length;
        }

        return at;
    }

    /// <summary>The end of [^\s\p{L}\p{N}]+.</summary>
    public static int Others(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length)
        {
            var c = CodePoints.At(text, at, out var length);
            if (CodePoints.IsSpace(c) || CodePoints.IsLetter(c) || CodePoints.IsNumber(c))
            {
                break;
            }

            at += length;
        }

        return at;
    }

    /// <summary>The end of [\r\n]*.</summary>
    public static int LineBreaks(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] is '\r' or '\n')
        {
            at++;
        }

        return at;
    }

    /// <summary>
    /// The length of \s+(?!\S)|\s+ at the start: white space before a word leaves its last character to that word.
    /// </summary>
    public static int Space(ReadOnlySpan<char> text)
    {
        var end = SpaceRun(text);
        return end == text.Length || end == 1 ? end : end - 1;
    }

    /// <summary>The length of \s* at the start.</summary>
    public static int SpaceRun(ReadOnlySpan<char> text)
    {
        var end = 0;
        while (end < text.Length && char.IsWhiteSpace(text[end]))
        {
            end++;
        }

        return end;
    }

    /// <summary>The length of an English contraction, 's 't 're 've 'm 'll 'd, at the start; 0 if there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ignoreCase">Whether capitals count; then U+017F (ſ), which folds to s, does too.</param>
    public static int Contraction(ReadOnlySpan<char> text, bool ignoreCase)
    {
        if (text.Length < 2 || text[0] != '\'')
        {
            return 0;
        }

        var first = Fold(text[1], ignoreCase);
        if (first is 's' or 't' or 'm' or 'd')
        {
            return 2;
        }

        var second = text.Length > 2 ? Fold(text[2], ignoreCase) : '\0';
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static char Fold(char c, bool ignoreCase) => !ignoreCase ? c : c == 'ſ' ? 's' : char.ToLowerInvariant(c);
}
