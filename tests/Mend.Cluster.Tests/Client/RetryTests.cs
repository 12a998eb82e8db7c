using Mend.Ledger;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Cluster.Tests.Client;

public sealed class RetryTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task RunAsync_FailsForGood_TriesUntilTheLimitAndThrowsTheLast()
    {
        Clock clock = new();
        int tries = 0;

        RetryableException error = await Assert.ThrowsAsync<RetryableException>(
            () => New(Limit, clock, seed: 1).RunAsync<int>(() => throw new RetryableException($"try {++tries}"), default));

        Assert.Equal($"try {tries}", error.Message);
        Assert.Equal(tries - 1, clock.Pauses.Count);
        Assert.All(clock.Pauses, p => Assert.InRange(p, TimeSpan.Zero, TimeSpan.FromSeconds(2)));
        Assert.InRange(clock.Pauses.Aggregate((a, b) => a + b), Limit, Limit + TimeSpan.FromSeconds(2));
        Assert.True(clock.Pauses[^1] > clock.Pauses[0]);
    }

    [Fact]
    public async Task RunAsync_ManyCallersAtOnce_WaitEachAsLongAsItIsDrawn()
    {
        List<IReadOnlyList<TimeSpan>> callers = [];
        foreach (int seed in (int[])[1, 2, 3, 1])
        {
            Clock clock = new();
            int tries = 0;
            Assert.Equal(4, await New(Limit, clock, seed).RunAsync(() => ++tries < 4 ? throw new RetryableException("once more") : Task.FromResult(tries), default));
            callers.Add(clock.Pauses);
        }

        Assert.Equal(3, callers.Select(c => c[0]).Distinct().Count());
        Assert.Equal(callers[0], callers[3]);
    }

    [Fact]
    public async Task RunAsync_FaultThatDoesNotPass_IsNotTriedAgain()
    {
        Clock clock = new();

        await Assert.ThrowsAsync<InvalidOperationException>(() => New(Limit, clock, seed: 1).RunAsync<int>(() => throw new InvalidOperationException(), default));

        Assert.Empty(clock.Pauses);
    }

    [Fact]
    public async Task RunAsync_NoTime_SendsOnce()
    {
        Clock clock = new();

        await Assert.ThrowsAsync<RetryableException>(() => New(TimeSpan.Zero, clock, seed: 1).RunAsync<int>(() => throw new RetryableException("busy"), default));

        Assert.Empty(clock.Pauses);
    }

    [Fact]
    public async Task RunAsync_CallerGivesUpDuringATry_HearsThatAndNotWhatTheTryMetWith()
    {
        using CancellationTokenSource caller = new();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => New(Limit, new Clock(), seed: 1).RunAsync<int>(
            () =>
            {
                caller.Cancel();
                throw new RetryableException("busy");
            },
            caller.Token));
    }

    private static Retry New(TimeSpan limit, TimeProvider clock, int seed) => new(limit, clock, new Random(seed).NextDouble);

    /// <summary>Goes on by itself as soon as somebody waits, and remembers how long.</summary>
    private sealed class Clock : FakeTimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            Advance(dueTime);
            return timer;
        }
    }
}
