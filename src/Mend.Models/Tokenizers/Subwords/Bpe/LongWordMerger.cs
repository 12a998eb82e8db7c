namespace Mend.Models.Tokenizers.Subwords.Bpe;

/// <summary>
/// Applies merges with a heap of candidate pairs over a linked list of symbols: O(n log n), for texts that reach the model
/// in one piece (Llama 2 does not split at spaces).
/// </summary>
internal static class LongWordMerger
{
    /// <summary>Words of more symbols than this are merged here.</summary>
    public const int Threshold = 48;

    private const int Gone = -2;
    private const int End = -1;

    /// <inheritdoc cref="ShortWordMerger.Merge"/>
    public static int Merge(Span<int> symbols, MergeTable merges)
    {
        var next = new int[symbols.Length];
        var previous = new int[symbols.Length];
        for (var i = 0; i < symbols.Length; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1 < symbols.Length ? i + 1 : End;
        }

        // Priority: rank, then position, in one number.
        var queue = new PriorityQueue<Candidate, long>(symbols.Length);
        for (var i = 0; i + 1 < symbols.Length; i++)
        {
            Push(queue, symbols, i, i + 1, merges);
        }

        while (queue.TryDequeue(out var candidate, out _))
        {
            var left = candidate.Position;
            var right = next[left];

            // A candidate is stale once either of its symbols has been merged with another.
            if (right < 0 || symbols[left] != candidate.Left || symbols[right] != candidate.Right)
            {
                continue;
            }

            symbols[left] = candidate.Merged;
            next[left] = next[right];
            next[right] = Gone;
            if (next[left] != End)
            {
                previous[next[left]] = left;
                Push(queue, symbols, left, next[left], merges);
            }

            if (previous[left] >= 0)
            {
                Push(queue, symbols, previous[left], left, merges);
            }
        }

        return Compact(symbols, next);
    }

    private static void Push(PriorityQueue<Candidate, long> queue, ReadOnlySpan<int> symbols, int left, int right, MergeTable merges)
    {
        if (merges.TryGet(symbols[left], symbols[right], out var merge))
        {
            queue.Enqueue(new Candidate(left, symbols[left], symbols[right], merge.Id), ((long)merge.Rank << 32) | (uint)left);
        }
    }

    private static int Compact(Span<int> symbols, ReadOnlySpan<int> next)
    {
        var count = 0;
        for (var i = 0; i != End && i < symbols.Length; i = next[i])
        {
            symbols[count++] = symbols[i];
        }

        return count;
    }

    private readonly record struct Candidate(int Position, int Left, int Right, int Merged);
}
