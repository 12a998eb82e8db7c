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
    /// <summary>An expression that takes longer for one text goes over it again and again.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Regex _regex;
    private readonly string _source;

    /// <param name="pattern">The expression.</param>
    /// <param name="source">The file that it is from, for messages.</param>
    /// <exception cref="ArgumentException">The expression is malformed, or uses what .NET does not have or reads differently.</exception>
    public RegexPattern(string pattern, string source = "tokenizer.json")
    {
        _source = source;
        if (pattern.Contains("&&", StringComparison.Ordinal) || pattern.Contains("[:", StringComparison.Ordinal))
        {
            throw new ArgumentException("class intersections (&&) and POSIX classes ([:alpha:]) are not supported");
        }

        if (pattern.Any(char.IsSurrogate))
        {
            throw new ArgumentException("characters beyond U+FFFF are not supported in patterns");
        }

        // Multiline: in Oniguruma, for which these patterns are written, ^ and $ match at every line.
        _regex = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.Compiled, Limit);
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
        try
        {
            foreach (var match in _regex.EnumerateMatches(text))
            {
                if (match.Length > 0)
                {
                    matches.Add((match.Index, match.Index + match.Length));
                }
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new TokenizerException(
                _source,
                $"the regular expression '{_regex}' took more than {Limit.TotalSeconds} s for a text of {text.Length} characters.",
                "Rewrite it without repetitions inside of repetitions.",
                e);
        }

        return matches;
    }
}
