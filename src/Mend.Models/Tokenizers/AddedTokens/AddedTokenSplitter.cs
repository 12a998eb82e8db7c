using System.Buffers;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.AddedTokens;

/// <summary>A stretch of text, or the added token that stands there.</summary>
/// <param name="Start">Where it starts, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Id">The added token's id; null for text.</param>
internal readonly record struct TextRun(int Start, int End, int? Id);

/// <summary>Finds added tokens in a text, leftmost first and of those that start together the longest. Immutable.</summary>
internal sealed class AddedTokenSplitter
{
    private readonly Dictionary<char, (string Text, AddedToken Token)[]> _byFirst;
    private readonly SearchValues<char> _firsts;

    /// <param name="tokens">What to look for, each with the text to match (the token's content, perhaps normalised).</param>
    public AddedTokenSplitter(IEnumerable<(string Text, AddedToken Token)> tokens)
    {
        _byFirst = tokens
            .Where(t => t.Text.Length > 0)
            .GroupBy(t => t.Text[0])
            .ToDictionary(g => g.Key, g => g.OrderByDescending(t => t.Text.Length).ToArray());
        _firsts = SearchValues.Create(_byFirst.Keys.ToArray());
    }

    /// <summary>Cuts a text into runs that cover it, except white space that a token strips, in order.</summary>
    public List<TextRun> Split(string text)
    {
        var runs = new List<TextRun>();
        var done = 0;
        var at = 0;
        while (FindNext(text, at) is var (start, matched, token))
        {
            var end = start + matched;
            at = end;
            if (start < done || (token.SingleWord && !StandsAlone(text, start, end)))
            {
                continue;
            }

            start = token.LStrip ? Math.Max(SkipSpaceBack(text, start), done) : start;
            end = token.RStrip ? SkipSpace(text, end) : end;
            AddText(runs, done, start);
            runs.Add(new TextRun(start, end, token.Id));
            done = end;
        }

        AddText(runs, done, text.Length);
        return runs;
    }

    private (int Start, int Length, AddedToken Token)? FindNext(string text, int from)
    {
        while (from < text.Length)
        {
            var offset = text.AsSpan(from).IndexOfAny(_firsts);
            if (offset < 0)
            {
                return null;
            }

            from += offset;
            foreach (var (content, token) in _byFirst[text[from]])
            {
                if (text.AsSpan(from).StartsWith(content, StringComparison.Ordinal))
                {
                    return (from, content.Length, token);
                }
            }

            from++;
        }

        return null;
    }

    private static void AddText(List<TextRun> runs, int start, int end)
    {
        if (start < end)
        {
            runs.Add(new TextRun(start, end, null));
        }
    }

    private static bool StandsAlone(string text, int start, int end) =>
        (start == 0 || !CodePoints.IsWord(CodePoints.Before(text, start)))
        && (end == text.Length || !CodePoints.IsWord(CodePoints.At(text, end, out _)));

    private static int SkipSpaceBack(string text, int start)
    {
        while (start > 0 && char.IsWhiteSpace(text[start - 1]))
        {
            start--;
        }

        return start;
    }

    private static int SkipSpace(string text, int end)
    {
        while (end < text.Length && char.IsWhiteSpace(text[end]))
        {
            end++;
        }

        return end;
    }
}
