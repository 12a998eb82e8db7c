using Mend.Models.Tokenizers.Patterns;

namespace Mend.Models.Tokenizers.PreTokenizers;

/// <summary>Splits at the matches of a pattern.</summary>
internal sealed class SplitPreTokenizer : IPreTokenizer
{
    private readonly IPattern _pattern;
    private readonly SplitBehavior _behavior;
    private readonly bool _invert;

    /// <param name="pattern">Where to split.</param>
    /// <param name="behavior">What becomes of the matches.</param>
    /// <param name="invert">Whether what lies between the matches takes their part.</param>
    public SplitPreTokenizer(IPattern pattern, SplitBehavior behavior, bool invert = false)
    {
        _pattern = pattern;
        _behavior = behavior;
        _invert = invert;
    }

    public void Split(Piece piece, List<Piece> words)
    {
        foreach (var (start, end) in Arrange(Cut(piece.Text)))
        {
            words.Add(new Piece(piece.Text[start..end], piece.AtStart && start == 0));
        }
    }

    /// <summary>Covers the text with stretches that match and stretches that do not.</summary>
    private List<Stretch> Cut(string text)
    {
        var stretches = new List<Stretch>();
        var done = 0;
        foreach (var (start, end) in _pattern.Matches(text))
        {
            if (start > done)
            {
                stretches.Add(new Stretch(done, start, _invert));
            }

            stretches.Add(new Stretch(start, end, !_invert));
            done = end;
        }

        if (done < text.Length)
        {
            stretches.Add(new Stretch(done, text.Length, _invert));
        }

        return stretches;
    }

    private IEnumerable<(int Start, int End)> Arrange(List<Stretch> stretches) => _behavior switch
    {
        SplitBehavior.Removed => stretches.Where(s => !s.Matches).Select(s => (s.Start, s.End)),
        SplitBehavior.Isolated => stretches.Select(s => (s.Start, s.End)),
        SplitBehavior.Contiguous => Join(stretches, (previous, next) => previous.Matches == next.Matches),
        SplitBehavior.MergedWithPrevious => Join(stretches, (previous, next) => next.Matches && !previous.Matches),
        _ => Join(stretches, (previous, next) => previous.Matches && !next.Matches),
    };

    /// <summary>Joins neighbours that belong together. Of a run of matches only the one next to other text merges with it.</summary>
    private static IEnumerable<(int Start, int End)> Join(List<Stretch> stretches, Func<Stretch, Stretch, bool> together)
    {
        for (var i = 0; i < stretches.Count;)
        {
            var first = i++;
            while (i < stretches.Count && together(stretches[i - 1], stretches[i]))
            {
                i++;
            }

            yield return (stretches[first].Start, stretches[i - 1].End);
        }
    }

    private readonly record struct Stretch(int Start, int End, bool Matches);
}
