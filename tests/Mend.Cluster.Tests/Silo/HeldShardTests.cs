using Mend.Models;
using Mend.Sharding;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Cluster.Tests.Silo;

public sealed class HeldShardTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A pass that does not look at its token must not keep a silo from ending.</summary>
    [Fact]
    public async Task CloseAsync_APassThatDoesNotEnd_IsLeftToTheProcess()
    {
        using ModelFolder model = ModelFolder.Open(ModelFixtures.Folder("gpt2"));
        using ShardChain chain = ModelFixtures.Load(model, 1);
        FakeTimeProvider time = new();
        HeldShard held = new(0, chain.Runner.Plan.Shards[0]);
        held.Start((_, _) => Task.FromResult((ShardHost)chain.Runner.Shards[0]));
        await held.Loading;
        ShardUse stuck = held.TryUse()!;

        Task<bool> closing = held.CloseAsync(Patience, time);
        while (!closing.IsCompleted)
        {
            time.Advance(Patience);
            await Task.Yield();
        }

        Assert.False(await closing);
        Assert.True(stuck.Closing.IsCancellationRequested);
        stuck.Dispose();
    }
}
