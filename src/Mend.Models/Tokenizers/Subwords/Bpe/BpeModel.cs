using System.Runtime.InteropServices;
using System.Text;

namespace Mend.Models.Tokenizers.Subwords.Bpe;

/// <summary>
/// Byte-pair encoding (Sennrich et al., 2016): a word starts as its characters, and the neighbours whose merge ranks lowest
/// are joined until no merge applies.
/// </summary>
internal sealed class BpeModel : ISubwordModel
{
    private readonly MergeTable _merges;
    private readonly BpeOptions _options;
    private readonly ByteTokens? _bytes;
    private readonly WordCache _cache = new();

    public BpeModel(Vocabulary vocabulary, MergeTable merges, BpeOptions options)
    {
        Vocabulary = vocabulary;
        _merges = merges;
        _options = options;
        _bytes = options.ByteFallback ? new ByteTokens(vocabulary) : null;
    }

    public Vocabulary Vocabulary { get; }

    public int? UnkId => _options.UnkId;

    public void Encode(string word, List<int> ids)
    {
        if (word.Length == 0)
        {
            return;
        }

        if (!_cache.TryGet(word, out var tokens))
        {
            tokens = EncodeUncached(word);
            _cache.Add(word, tokens);
        }

        ids.AddRange(tokens.AsSpan());
    }

    private int[] EncodeUncached(string word)
    {
        if (_options.IgnoreMerges && Vocabulary.TryGetId(word, out var whole))
        {
            return [whole];
        }

        var list = Characters(word);
        var symbols = CollectionsMarshal.AsSpan(list);
        var count = symbols.Length > LongWordMerger.Threshold
            ? LongWordMerger.Merge(symbols, _merges)
            : ShortWordMerger.Merge(symbols, _merges);
        return symbols[..count].ToArray();
    }

    /// <summary>The ids of a word's characters, before any merge.</summary>
    private List<int> Characters(string word)
    {
        var symbols = new List<int>(word.Length);
        var afterUnknown = false;
        for (var i = 0; i < word.Length;)
        {
            Rune.DecodeFromUtf16(word.AsSpan(i), out _, out var length);
            var character = word.AsSpan(i, length);
            var known = TryGetSymbol(character, i == 0, i + length == word.Length, out var id);
            if (known)
            {
                symbols.Add(id);
            }
            else if (_bytes?.TryAppend(character, symbols) == true)
            {
                known = true;
            }
            else if (_options.UnkId is { } unknown && !(afterUnknown && _options.FuseUnk))
            {
                symbols.Add(unknown);
            }

            afterUnknown = !known;
            i += length;
        }

        return symbols;
    }

    private bool TryGetSymbol(ReadOnlySpan<char> character, bool first, bool last, out int id)
    {
        var prefix = first ? "" : _options.ContinuingSubwordPrefix;
        var suffix = last ? _options.EndOfWordSuffix : "";
        return prefix.Length + suffix.Length == 0
            ? Vocabulary.TryGetId(character, out id)
            : Vocabulary.TryGetId(string.Concat(prefix, character, suffix), out id);
    }
}
