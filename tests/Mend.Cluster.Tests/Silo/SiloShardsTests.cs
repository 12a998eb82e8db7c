using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;

namespace Mend.Cluster.Tests.Silo;

public sealed class SiloShardsTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    private static readonly SiloAddress Caller = SiloAddress.FromParsableString("127.0.0.1:1@1");

    [Fact]
    public async Task DisposeAsync_WhileAShardIsUsed_WaitsAndTakesNobodyIn()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);
        SiloShards shards = Shards(cluster);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<PassResult> using_ = shards.UseAsync(
            0,
            async (host, token) =>
            {
                begun.SetResult();
                await go.Task;
                using ShardReply reply = await host.RunAsync(new Pass { Batch = new ModelBatch(1, [5, 6]), Outputs = PassOutputs.Logits }, PassHooks.None, new ShardActivations(null, null), token);
                return reply.Result;
            },
            null,
            default);
        await begun.Task;

        Task disposing = shards.DisposeAsync().AsTask();

        await Assert.ThrowsAsync<RetryableException>(() => shards.UseAsync(0, (_, _) => Task.FromResult(true), null, default));
        await Assert.ThrowsAsync<RetryableException>(() => shards.LoadAsync(0, default));
        go.SetResult();
        Assert.NotNull((await using_).Logits);
        await disposing;
    }

    [Fact]
    public async Task CancelCallers_OfASiloThatIsGone_StopsItsPassesOnly()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);
        SiloShards shards = Shards(cluster);
        CancellationToken other = default;
        TaskCompletionSource both = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<bool> go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<bool> clients = shards.UseAsync(
            0,
            (_, token) =>
            {
                other = token;
                both.SetResult();
                return go.Task;
            },
            null,
            default);
        Task<bool> gone = shards.UseAsync(0, (_, token) => both.Task.ContinueWith(_ => true, token).ContinueWith(_ => new TaskCompletionSource<bool>().Task.WaitAsync(token), TaskScheduler.Default).Unwrap(), Caller, default);
        await both.Task;

        shards.CancelCallers(silo => silo.Equals(Caller));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.False(other.IsCancellationRequested);
        go.SetResult(true);
        Assert.True(await clients);
    }

    [Fact]
    public async Task Offers_OfAnySilo_AreWhatItWasTold()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, configure: (number, silo) => silo.Roles = [number]);
        SiloAddress last = cluster.Silos.Silos[2].SiloAddress;

        WireOffer told = await ((IGrainFactory)cluster.Silos.Client).GetGrain<IOfferGrain>(last.ToParsableString()).ReadAsync();

        Assert.Equal(cluster.Silos.Silos[2].Name.Split('_')[^1], Assert.Single(told.Roles!).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(cluster.Silos.Silos[0].ServiceProvider.GetRequiredService<SiloModel>().Digest, told.Digest);
    }

    private static SiloShards Shards(TinyCluster cluster) => cluster.Silos.Silos[0].ServiceProvider.GetRequiredService<SiloShards>();
}
