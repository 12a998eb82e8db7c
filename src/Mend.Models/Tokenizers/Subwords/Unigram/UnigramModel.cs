using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Subwords.Unigram;

/// <summary>
/// Unigram language model (Kudo, 2018): of all ways to spell a word in tokens, the one whose scores, log probabilities, sum
/// highest, found by Viterbi's algorithm.
/// </summary>
internal sealed class UnigramModel : ISubwordModel
{
    /// <summary>How much worse than the worst token an unknown character is.</summary>
    private const double UnknownPenalty = 10;

    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int _unknown;
    private readonly PrefixTrie _trie = new();
    private readonly ByteTokens? _bytes;
    private readonly WordCache _cache = new();

    /// <param name="vocabulary">Tokens with ids from 0 without gaps.</param>
    /// <param name="scores">Log probability of each token, by id.</param>
    /// <param name="unknown">Id of the token for unknown text.</param>
    /// <param name="byteFallback">Whether unknown text is spelled in byte tokens if the vocabulary has them.</param>
    public UnigramModel(Vocabulary vocabulary, double[] scores, int unknown, bool byteFallback)
    {
        Vocabulary = vocabulary;
        _scores = scores;
        _unknown = unknown;
        _unknownScore = scores.Min() - UnknownPenalty;
        _bytes = byteFallback ? new ByteTokens(vocabulary) : null;
        for (var id = 0; id < scores.Length; id++)
        {
            if (vocabulary.Token(id) is { Length: > 0 } token)
            {
                _trie.Add(token, id);
            }
        }
    }

    public Vocabulary Vocabulary { get; }

    public int? UnkId => _unknown;

    public void Encode(string word, List<int> ids)
    {
        if (word.Length == 0)
        {
            return;
        }

        if (!_cache.TryGet(word, out var tokens))
        {
            tokens = Spell(word, BestEndings(word));
            _cache.Add(word, tokens);
        }

        ids.AddRange(tokens.AsSpan());
    }

    /// <summary>For each place in the word the best token that ends there. Places between surrogates stay unreached.</summary>
    private Ending[] BestEndings(string word)
    {
        var best = new Ending[word.Length + 1];
        for (var start = 0; start < word.Length;)
        {
            CodePoints.At(word, start, out var length);
            var known = ExtendByTokens(word, start, length, best);
            if (!known)
            {
                Improve(best, start, start + length, _unknown, _unknownScore);
            }

            start += length;
        }

        return best;
    }

    /// <returns>Whether the code point at the start is a token by itself.</returns>
    private bool ExtendByTokens(string word, int start, int length, Ending[] best)
    {
        var known = false;
        var node = PrefixTrie.Root;
        for (var end = start; end < word.Length;)
        {
            node = _trie.Step(node, word[end++]);
            if (node == PrefixTrie.None)
            {
                break;
            }

            var token = _trie.TokenAt(node);
            if (token != PrefixTrie.None)
            {
                Improve(best, start, end, token, _scores[token]);
                known |= end == start + length;
            }
        }

        return known;
    }

    private static void Improve(Ending[] best, int start, int end, int token, double score)
    {
        var total = best[start].Score + score;
        if (best[end].Length == 0 || total > best[end].Score)
        {
            best[end] = new Ending(token, end - start, total);
        }
    }

    /// <summary>Follows the best endings back to the start. Neighbouring unknown characters become one token.</summary>
    private int[] Spell(string word, Ending[] best)
    {
        var ids = new List<int>();
        for (var end = word.Length; end > 0;)
        {
            var start = end - best[end].Length;
            if (best[end].Token != _unknown)
            {
                ids.Add(best[end].Token);
            }
            else
            {
                while (start > 0 && best[start].Token == _unknown)
                {
                    start -= best[start].Length;
                }

                AddUnknown(word.AsSpan(start, end - start), ids);
            }

            end = start;
        }

        ids.Reverse();
        return [.. ids];
    }

    /// <summary>Adds the ids of unknown text, last first.</summary>
    private void AddUnknown(ReadOnlySpan<char> text, List<int> ids)
    {
        var before = ids.Count;
        if (_bytes?.TryAppend(text, ids) == true)
        {
            ids.Reverse(before, ids.Count - before);
        }
        else
        {
            ids.Add(_unknown);
        }
    }

    /// <summary>The best token that ends at a place.</summary>
    /// <param name="Token">Its id.</param>
    /// <param name="Length">Its length in UTF-16 units; 0 when nothing ends here.</param>
    /// <param name="Score">Score of the whole spelling up to here.</param>
    private readonly record struct Ending(int Token, int Length, double Score);
}
