using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Subwords.WordPiece;

/// <summary>
/// WordPiece: the longest token that starts the word, then the longest continuing token, and so on; a word for which that
/// fails anywhere is unknown as a whole.
/// </summary>
internal sealed class WordPieceModel : ISubwordModel
{
    /// <summary>BERT's limit on the length of a word.</summary>
    public const int DefaultLongestWord = 100;

    /// <summary>BERT's mark of a token that continues a word.</summary>
    public const string DefaultPrefix = "##";

    private readonly int _unknown;
    private readonly string _prefix;
    private readonly int _longestWord;

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="unknown">Id of the token for unknown words.</param>
    /// <param name="prefix">What tokens that continue a word start with.</param>
    /// <param name="longestWord">Words of more code points than this are unknown.</param>
    public WordPieceModel(Vocabulary vocabulary, int unknown, string prefix = DefaultPrefix, int longestWord = DefaultLongestWord)
    {
        Vocabulary = vocabulary;
        _unknown = unknown;
        _prefix = prefix;
        _longestWord = longestWord;
    }

    public Vocabulary Vocabulary { get; }

    public int? UnkId => _unknown;

    public void Encode(string word, List<int> ids)
    {
        var before = ids.Count;
        if (IsTooLong(word) || !TrySplit(word, ids))
        {
            ids.RemoveRange(before, ids.Count - before);
            ids.Add(_unknown);
        }
    }

    private bool IsTooLong(string word)
    {
        if (word.Length <= _longestWord)
        {
            return false;
        }

        var count = 0;
        for (var at = 0; at < word.Length && count <= _longestWord; count++)
        {
            CodePoints.At(word, at, out var length);
            at += length;
        }

        return count > _longestWord;
    }

    private bool TrySplit(string word, List<int> ids)
    {
        for (var start = 0; start < word.Length;)
        {
            var prefix = start == 0 ? "" : _prefix;
            var length = Longest(string.Concat(prefix, word.AsSpan(start)), ids) - prefix.Length;
            if (length <= 0)
            {
                return false;
            }

            start += length;
        }

        return true;
    }

    /// <summary>Adds the longest token that starts a text. A token never ends between two surrogates: none is spelled so.</summary>
    /// <returns>Its length; 0 when there is none.</returns>
    private int Longest(ReadOnlySpan<char> text, List<int> ids)
    {
        for (var end = text.Length; end > 0; end--)
        {
            if (Vocabulary.TryGetId(text[..end], out var id))
            {
                ids.Add(id);
                return end;
            }
        }

        return 0;
    }
}
