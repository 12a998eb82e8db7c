using System.Text;
using Mend.Models.Tokenizers.Patterns;

namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>Replaces every match of a pattern by a fixed text.</summary>
internal sealed class ReplaceNormalizer : INormalizer
{
    private readonly IPattern _pattern;
    private readonly string _content;

    public ReplaceNormalizer(IPattern pattern, string content) => (_pattern, _content) = (pattern, content);

    public string Normalize(string text)
    {
        var output = new StringBuilder(text.Length);
        var done = 0;
        foreach (var (start, end) in _pattern.Matches(text))
        {
            output.Append(text, done, start - done).Append(_content);
            done = end;
        }

        return done == 0 && output.Length == 0 ? text : output.Append(text, done, text.Length - done).ToString();
    }
}
