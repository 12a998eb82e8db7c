namespace Mend.Models.Tokenizers;

/// <summary>Two texts encoded as one sequence.</summary>
/// <param name="Ids">Token ids of the whole sequence, special tokens included.</param>
/// <param name="SegmentIds">As long as <paramref name="Ids"/>: the segment of each token, 0 or 1 (token type ids).</param>
public sealed record TokenizedPair(int[] Ids, int[] SegmentIds);
