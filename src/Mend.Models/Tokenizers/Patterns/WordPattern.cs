using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Patterns;

/// <summary>Finds \w+|[^\w\s]+: runs of word characters, and runs of signs.</summary>
internal sealed class WordPattern : IPattern
{
    public IEnumerable<(int Start, int End)> Matches(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var kind = Kind(text, at, out var length);
            var end = at + length;
            while (end < text.Length && Kind(text, end, out length) == kind)
            {
                end += length;
            }

            if (kind != 0)
            {
                yield return (at, end);
            }

            at = end;
        }
    }

    /// <summary>0 for white space, 1 for word characters, 2 for signs.</summary>
    private static int Kind(string text, int at, out int length)
    {
        var codePoint = CodePoints.At(text, at, out length);
        return CodePoints.IsSpace(codePoint) ? 0 : CodePoints.IsWord(codePoint) ? 1 : 2;
    }
}
