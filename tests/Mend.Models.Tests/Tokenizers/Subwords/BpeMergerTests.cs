using CsCheck;
using Mend.Models.Tokenizers.Subwords.Bpe;

namespace Mend.Models.Tests.Tokenizers.Subwords;

public sealed class BpeMergerTests
{
    private const int Seed = 3;
    private const int Letters = 4;

    [Fact]
    public void Merge_LongAndShort_Agree()
    {
        var words = Gen.Int[0, Letters - 1].Array[1, LongWordMerger.Threshold];
        var pairs = Gen.Select(Gen.Int[0, 999], Gen.Int[0, 999]).Array[12];
        Gen.Select(words, pairs).Hold(2000, Seed, input =>
        {
            var merges = Merges(input.Item2);
            var (bySearch, byHeap) = (input.Item1.ToArray(), input.Item1.ToArray());

            var shortCount = ShortWordMerger.Merge(bySearch, merges);
            var longCount = LongWordMerger.Merge(byHeap, merges);

            Assert.Equal(bySearch[..shortCount], byHeap[..longCount]);
        });
    }

    [Fact]
    public void Merge_EqualPairs_LeftmostFirst()
    {
        var merges = new MergeTable(1);
        merges.Add(0, 0, new Merge(0, 1));
        int[] symbols = [0, 0, 0];

        Assert.Equal(2, ShortWordMerger.Merge(symbols, merges));
        Assert.Equal([1, 0], symbols[..2]);
    }

    /// <summary>Each of the pairs, taken from the symbols that there are by then, makes another symbol.</summary>
    private static MergeTable Merges((int Left, int Right)[] pairs)
    {
        var merges = new MergeTable(16);
        for (var rank = 0; rank < pairs.Length; rank++)
        {
            merges.Add(pairs[rank].Left % (Letters + rank), pairs[rank].Right % (Letters + rank), new Merge(rank, Letters + rank));
        }

        return merges;
    }
}
