using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Patterns;

/// <summary>Finds every code point that a condition holds for, one by one.</summary>
internal sealed class CodePointPattern : IPattern
{
    private readonly Func<int, bool> _condition;

    public CodePointPattern(Func<int, bool> condition) => _condition = condition;

    public IEnumerable<(int Start, int End)> Matches(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var matches = _condition(CodePoints.At(text, at, out var length));
            if (matches)
            {
                yield return (at, at + length);
            }

            at += length;
        }
    }
}
