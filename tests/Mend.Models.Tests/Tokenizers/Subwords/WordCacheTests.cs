using System.Globalization;
using Mend.Models.Tokenizers.Subwords;

namespace Mend.Models.Tests.Tokenizers.Subwords;

public sealed class WordCacheTests
{
    private const int Threads = 8;

    [Fact]
    public void Add_MoreThanFits_StaysBounded()
    {
        var cache = new WordCache(capacity: 10);

        for (var i = 0; i < 1000; i++)
        {
            cache.Add(i.ToString(CultureInfo.InvariantCulture), [i]);
        }

        Assert.InRange(cache.Count, 1, 20);
    }

    [Fact]
    public void TryGet_WordInUse_SurvivesOthers()
    {
        var cache = new WordCache(capacity: 10);
        cache.Add("kept", [1]);

        for (var i = 0; i < 1000; i++)
        {
            cache.Add(i.ToString(CultureInfo.InvariantCulture), [i]);
            Assert.True(cache.TryGet("kept", out _));
        }
    }

    [Fact]
    public void Add_LongWord_IsNotKept()
    {
        var cache = new WordCache(capacity: 10, longestWord: 3);

        cache.Add("long", [1]);

        Assert.False(cache.TryGet("long", out _));
    }

    [Fact]
    public void Add_ManyThreads_StaysBounded()
    {
        var cache = new WordCache(capacity: 50);

        Parallel.For(
            0,
            20_000,
            new ParallelOptions { MaxDegreeOfParallelism = Threads },
            i => cache.Add(i.ToString(CultureInfo.InvariantCulture), [i]));

        // Each thread may be past the check when the last place is taken.
        Assert.InRange(cache.Count, 1, 2 * (50 + Threads));
    }
}
