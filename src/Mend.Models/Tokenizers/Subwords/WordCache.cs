using System.Collections.Concurrent;

namespace Mend.Models.Tokenizers.Subwords;

/// <summary>
/// Remembers the tokens of recent words. Bounded: two generations, and when the young one is full it becomes the old one
/// and the old one is dropped, so words in use stay and a long-lived process never fills up. Thread-safe.
/// </summary>
internal sealed class WordCache
{
    private readonly int _capacity;
    private readonly int _longestWord;
    private volatile Generation _young = new([]);
    private volatile Generation _old = new([]);

    /// <param name="capacity">Words in a generation; about twice as many are remembered at most.</param>
    /// <param name="longestWord">Words of more UTF-16 units than this are not remembered.</param>
    public WordCache(int capacity = 8192, int longestWord = 64)
    {
        _capacity = capacity;
        _longestWord = longestWord;
    }

    /// <summary>Words remembered now.</summary>
    public int Count => _young.Words.Count + _old.Words.Count;

    public bool TryGet(string word, out int[] ids)
    {
        if (_young.Words.TryGetValue(word, out ids!))
        {
            return true;
        }

        if (!_old.Words.TryGetValue(word, out ids!))
        {
            return false;
        }

        Add(word, ids);
        return true;
    }

    /// <param name="word">The word.</param>
    /// <param name="ids">Its tokens; must not be changed afterwards.</param>
    public void Add(string word, int[] ids)
    {
        // A full generation takes no more while some thread is about to replace it.
        var young = _young;
        if (word.Length > _longestWord || Volatile.Read(ref young.Added) >= _capacity)
        {
            return;
        }

        if (young.Words.TryAdd(word, ids) && Interlocked.Increment(ref young.Added) == _capacity)
        {
            // Exactly one thread sees the count reach the capacity, so exactly one turns the generations over.
            _old = young;
            _young = new Generation([]);
        }
    }

    private sealed class Generation(ConcurrentDictionary<string, int[]> words)
    {
        public int Added;

        public ConcurrentDictionary<string, int[]> Words { get; } = words;
    }
}
