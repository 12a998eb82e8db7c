using Mend.Models.Tokenizers.Subwords.Bpe;

namespace Mend.Models.Tests.Tokenizers.Subwords;

public sealed class BpeMergerTests
{
    private const int Seed = 3;
    private const int Letters = 4;

    [Fact]
    public void Merge_LongAndShort_Agree()
    {
        var random = new Random(Seed);
        for (var round = 0; round < 2000; round++)
        {
            var merges = RandomMerges(random);
            var word = Enumerable.Range(0, random.Next(1, LongWordMerger.Threshold + 1)).Select(_ => random.Next(Letters)).ToArray();
            var (bySearch, byHeap) = (word.ToArray(), word.ToArray());

            var shortCount = ShortWordMerger.Merge(bySearch, merges);
            var longCount = LongWordMerger.Merge(byHeap, merges);

            Assert.Equal(bySearch[..shortCount], byHeap[..longCount]);
        }
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

    private static MergeTable RandomMerges(Random random)
    {
        var merges = new MergeTable(16);
        for (var rank = 0; rank < 12; rank++)
        {
            merges.Add(random.Next(Letters + rank), random.Next(Letters + rank), new Merge(rank, Letters + rank));
        }

        return merges;
    }
}
