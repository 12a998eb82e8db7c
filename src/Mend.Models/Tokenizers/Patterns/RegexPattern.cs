using System.Text;
using System.Text.RegularExpressions;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Patterns;

/// <summary>
/// Finds matches of a regular expression that is written for code points. Texts with surrogate pairs are matched with a
/// stand-in for each pair, and the positions mapped back.
/// </summary>
internal sealed class RegexPattern : IPattern
{
    private readonly Regex _regex;

    /// <param name="pattern">The expression.</param>
    /// <exception cref="ArgumentException">The expression is malformed, or uses what .NET does not have or reads differently.</exception>
    public RegexPattern(string pattern)
    {
        if (pattern.Contains("&&", StringComparison.Ordinal) || pattern.Contains("[:", StringComparison.Ordinal))
        {
            throw new ArgumentException("class intersections (&&) and POSIX classes ([:alpha:]) are not supported");
        }

        if (pattern.Any(char.IsSurrogate))
        {
            throw new ArgumentException("characters beyond U+FFFF are not supported in patterns");
        }

        // Multiline: in Oniguruma, for which these patterns are written, ^ and $ match at every line.
        _regex = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.Compiled);
    }

    public IEnumerable<(int Start, int End)> Matches(string text)
    {
        return text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? MatchesByCodePoint(text) : Find(text);
    }

    private List<(int Start, int End)> MatchesByCodePoint(string text)
    {
        var standing = new StringBuilder(text.Length);
        var positions = new List<int>(text.Length + 1);
        for (var at = 0; at < text.Length;)
        {
            var codePoint = CodePoints.At(text, at, out var length);
            standing.Append(codePoint > char.MaxValue ? StandIns.For(codePoint) : (char)codePoint);
            positions.Add(at);
            at += length;
        }

        positions.Add(text.Length);
        return Find(standing.ToString()).ConvertAll(match => (positions[match.Start], positions[match.End]));
    }

    private List<(int Start, int End)> Find(string text)
    {
        var matches = new List<(int, int)>();
        foreach (var match in _regex.EnumerateMatches(text))
        {
            if (match.Length > 0)
            {
                matches.Add((match.Index, match.Index + match.Length));
            }
        }

        return matches;
    }
}
