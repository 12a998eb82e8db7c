using Mend.Models.Tokenizers.Patterns;

namespace Mend.Models.Tokenizers.PreTokenizers;

/// <summary>Writes spaces as "▁" and splits before each, as SentencePiece does.</summary>
internal sealed class MetaspacePreTokenizer : IPreTokenizer
{
    private readonly string _replacement;
    private readonly PrependScheme _prepend;
    private readonly SplitPreTokenizer? _split;

    /// <param name="replacement">What stands for a space; usually U+2581.</param>
    /// <param name="prepend">Which pieces get one before them.</param>
    /// <param name="split">Whether to split; false leaves the piece whole.</param>
    public MetaspacePreTokenizer(string replacement, PrependScheme prepend, bool split)
    {
        _replacement = replacement;
        _prepend = prepend;
        _split = split ? new SplitPreTokenizer(new LiteralPattern(replacement), SplitBehavior.MergedWithNext) : null;
    }

    public void Split(Piece piece, List<Piece> words)
    {
        var text = piece.Text.Replace(" ", _replacement, StringComparison.Ordinal);
        var wanted = _prepend == PrependScheme.Always || (_prepend == PrependScheme.First && piece.AtStart);
        if (wanted && !text.StartsWith(_replacement, StringComparison.Ordinal))
        {
            text = _replacement + text;
        }

        var written = piece with { Text = text };
        if (_split is null)
        {
            words.Add(written);
        }
        else
        {
            _split.Split(written, words);
        }
    }
}
