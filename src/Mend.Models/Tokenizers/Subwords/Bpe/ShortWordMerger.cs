namespace Mend.Models.Tokenizers.Subwords.Bpe;

/// <summary>
/// Applies merges by looking through all neighbours each time: O(n²), without a heap, the faster way for words of up to
/// some tens of symbols.
/// </summary>
internal static class ShortWordMerger
{
    /// <summary>Merges in place, lowest rank first and of equal ranks the leftmost.</summary>
    /// <param name="symbols">Ids of the characters on entry; the first returned-count entries are the tokens on return.</param>
    /// <param name="merges">The merges of the model.</param>
    /// <returns>How many tokens are left.</returns>
    public static int Merge(Span<int> symbols, MergeTable merges)
    {
        var count = symbols.Length;
        Span<Merge> pairs = stackalloc Merge[LongWordMerger.Threshold];
        for (var i = 0; i + 1 < count; i++)
        {
            pairs[i] = Lookup(symbols, i, merges);
        }

        while (count > 1)
        {
            var best = 0;
            for (var i = 1; i + 1 < count; i++)
            {
                if (pairs[i].Rank < pairs[best].Rank)
                {
                    best = i;
                }
            }

            if (pairs[best].Rank == int.MaxValue)
            {
                break;
            }

            symbols[best] = pairs[best].Id;
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            pairs[(best + 1)..(count - 1)].CopyTo(pairs[best..]);
            count--;
            Refresh(symbols[..count], pairs, best - 1, merges);
            Refresh(symbols[..count], pairs, best, merges);
        }

        return count;
    }

    private static void Refresh(ReadOnlySpan<int> symbols, Span<Merge> pairs, int i, MergeTable merges)
    {
        if (i >= 0 && i + 1 < symbols.Length)
        {
            pairs[i] = Lookup(symbols, i, merges);
        }
    }

    private static Merge Lookup(ReadOnlySpan<int> symbols, int i, MergeTable merges) =>
        merges.TryGet(symbols[i], symbols[i + 1], out var merge) ? merge : new Merge(int.MaxValue, -1);
}
