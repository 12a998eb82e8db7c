using Mend.Ledger;

namespace Mend.Sharding.Tests.Shards;

public sealed class EngineQueueTests
{
    [Fact]
    public async Task AdmitAsync_Full_RefusesNewPassesAndLetsTheWayBackIn()
    {
        using EngineQueue queue = new(capacity: 2);
        TaskCompletionSource running = new();
        Task<int> first = queue.AdmitAsync(() => Wait(running.Task, 1), default);
        Task<int> second = queue.AdmitAsync(() => 2, default);

        RetryableException error = await Assert.ThrowsAsync<RetryableException>(() => queue.AdmitAsync(() => 3, default));
        Task<int> back = queue.RunAsync(() => 4, default);

        Assert.Contains("takes 2", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, queue.Length);
        running.SetResult();
        Assert.Equal(new[] { 1, 2, 4 }, await Task.WhenAll(first, second, back));
        Assert.Equal(0, queue.Length);
        Assert.Equal(5, await queue.AdmitAsync(() => 5, default));
    }

    [Fact]
    public async Task AdmitAsync_GivenUpOrFailed_LeavesItsPlace()
    {
        using EngineQueue queue = new(capacity: 2);
        using CancellationTokenSource givingUp = new();
        TaskCompletionSource running = new();
        Task<int> first = queue.AdmitAsync(() => Wait(running.Task, 1), default);
        Task<int> waiting = queue.AdmitAsync(() => 2, givingUp.Token);

        await givingUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(1, queue.Length);
        Task<int> failing = queue.AdmitAsync<int>(() => throw new IOException(), default);
        running.SetResult();
        Assert.Equal(1, await first);
        await Assert.ThrowsAsync<IOException>(() => failing);
        Assert.Equal(0, queue.Length);
    }

    private static int Wait(Task task, int result)
    {
        task.Wait();
        return result;
    }
}
