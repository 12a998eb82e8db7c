using Mend.Editing;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Sharding.Tests.Drafts;

public sealed class DraftStoreTests
{
    private static readonly TimeSpan Keep = TimeSpan.FromMinutes(10);
    private static readonly Draft Some = new([new EditFactors("layer", 1, 1, 1, [1], [2], 3)], null);

    private readonly FakeTimeProvider _time = new();
    private readonly DraftStore _drafts;

    public DraftStoreTests() => _drafts = new DraftStore(_time, Keep);

    [Fact]
    public void TryGet_Kept_IsFoundUntilDiscarded()
    {
        _drafts.Keep("a", Some);

        Assert.True(_drafts.TryGet("a", out Draft? found));
        Assert.Same(Some, found);
        _drafts.Discard(["a", "unknown"]);
        Assert.False(_drafts.TryGet("a", out _));
        Assert.Equal(0, _drafts.Count);
    }

    [Fact]
    public void Keep_SameNameAgain_TakesTheLater()
    {
        Draft later = new([], null);
        _drafts.Keep("a", Some);

        _drafts.Keep("a", later);

        Assert.True(_drafts.TryGet("a", out Draft? found));
        Assert.Same(later, found);
        Assert.Equal(1, _drafts.Count);
    }

    [Fact]
    public void Keep_AfterTheLifetime_ForgetsWhatNobodyUsed()
    {
        _drafts.Keep("unused", Some);
        _drafts.Keep("used", Some);
        _time.Advance(Keep);
        Assert.True(_drafts.TryGet("used", out _));
        _time.Advance(TimeSpan.FromSeconds(1));

        _drafts.Keep("new", Some);

        Assert.False(_drafts.TryGet("unused", out _));
        Assert.True(_drafts.TryGet("used", out _));
        Assert.Equal(2, _drafts.Count);
    }

    /// <summary>Somebody sets the clock: nothing that is at work is dropped, and what is old still goes.</summary>
    [Theory]
    [InlineData(365)]
    [InlineData(-365)]
    public void Keep_WallClockSteps_CountsTimeThatPassed(int days)
    {
        SteppingClock clock = new(_time);
        DraftStore drafts = new(clock, Keep);
        drafts.Keep("a", Some);
        clock.Step = TimeSpan.FromDays(days);

        drafts.Keep("b", Some);
        Assert.Equal(2, drafts.Count);
        _time.Advance(Keep + TimeSpan.FromSeconds(1));
        drafts.Keep("c", Some);

        Assert.Equal(1, drafts.Count);
    }

    private sealed class SteppingClock(FakeTimeProvider inner) : TimeProvider
    {
        public TimeSpan Step { get; set; }

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Step;

        public override long GetTimestamp() => inner.GetTimestamp();
    }
}
