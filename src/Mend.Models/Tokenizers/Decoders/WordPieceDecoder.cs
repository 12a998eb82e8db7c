namespace Mend.Models.Tokenizers.Decoders;

/// <summary>Joins continuing tokens to the word before them and puts spaces between words.</summary>
internal sealed class WordPieceDecoder : IDecoder
{
    private static readonly (string From, string To)[] Gaps =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    private readonly string _prefix;
    private readonly bool _cleanUp;

    /// <param name="prefix">What tokens that continue a word start with.</param>
    /// <param name="cleanUp">Whether to close the gaps before punctuation and in English contractions, within a token.</param>
    public WordPieceDecoder(string prefix, bool cleanUp) => (_prefix, _cleanUp) = (prefix, cleanUp);

    public IReadOnlyList<string> Decode(IReadOnlyList<string> tokens) => [.. tokens.Select(Decode)];

    private string Decode(string token, int index)
    {
        var text = index == 0 ? token
            : token.StartsWith(_prefix, StringComparison.Ordinal) ? token[_prefix.Length..]
            : " " + token;
        return _cleanUp ? Gaps.Aggregate(text, (current, gap) => current.Replace(gap.From, gap.To, StringComparison.Ordinal)) : text;
    }
}
