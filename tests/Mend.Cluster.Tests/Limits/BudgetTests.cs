using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Cluster.Tests.Limits;

public sealed class BudgetTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    private static readonly ClusterModelOptions Once = new() { RetryFor = TimeSpan.Zero };

    [Fact]
    public void Take_MoreThanThereIs_IsRefusedForGood_AndMoreThanIsLeftForNow()
    {
        ByteBudget budget = new(100, "Silo:RequestMemory");

        IDisposable first = budget.Take(60, "The pass");

        Assert.Contains("Silo:RequestMemory", Assert.Throws<RequestTooLargeException>(() => budget.Take(101, "The pass")).Message, StringComparison.Ordinal);
        Assert.Throws<RetryableException>(() => budget.Take(41, "The pass"));
        Assert.Equal(60, budget.Taken);
        first.Dispose();
        first.Dispose();
        budget.Take(100, "The pass").Dispose();
        Assert.Equal(0, budget.Taken);
    }

    [Fact]
    public async Task Requests_LargerThanTheirMemory_AreRefusedAndOthersServed()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1, configure: (_, silo) => silo.RequestMemory = 4 << 20);
        await using ClusterModel once = await ClusterModel.ConnectAsync(cluster.Silos.Client, Once);
        EditRequest[] many = [.. Enumerable.Range(0, 900).Select(i => new EditRequest($"the number {i} comes after", $"{i - 1}"))];
        Pass wide = new() { Batch = new ModelBatch(400, [.. Enumerable.Range(0, 4000).Select(i => i % 90)]), Outputs = PassOutputs.Logits };

        await Assert.ThrowsAsync<RequestTooLargeException>(() => once.Runner.RunAsync(wide, PassHooks.None, default));
        await Assert.ThrowsAsync<RequestTooLargeException>(() => once.EditAsync(many));
        await Assert.ThrowsAsync<RequestTooLargeException>(() => cluster.Model.EditAsync([new EditRequest(new string('x', 5 << 20), "y")]));

        Assert.Equal(1, (await cluster.Model.EditAsync([EditableFolder.Edits[0]])).Version.Number);
        Assert.Equal(0, cluster.Silos.Silos[0].ServiceProvider.GetRequiredService<SiloShards>().Requests(0).Taken);
    }

    [Fact]
    public async Task EditAsync_MoreEditsThanACallTakes_IsRefused()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1, model: (_, model) => model.EditsPerCall = 2);

        Assert.Contains("Model:EditsPerCall", (await Assert.ThrowsAsync<RequestTooLargeException>(() => cluster.Model.EditAsync(EditableFolder.Edits))).Message, StringComparison.Ordinal);
        Assert.Contains("Model:EditsPerCall", (await Assert.ThrowsAsync<RequestTooLargeException>(() => cluster.Model.PreviewAsync(EditableFolder.Edits))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generations_MoreThanTheirMemory_AreRefusedForNow()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1, configure: (_, silo) => silo.SessionMemory = 1);
        await using ClusterModel once = await ClusterModel.ConnectAsync(cluster.Silos.Client, Once);
                async Task<TextResult> BeginAsync(string session)
        {
            Pass pass = new() { Batch = new ModelBatch(1, [5, 17]), Texts = [new TextRows(session, 0, 2, new TokenChoice(0, 1, 0, 2))] };
            return Assert.Single((await once.Runner.RunAsync(pass, PassHooks.None, default)).Texts);
        }

        TextResult begun = await BeginAsync("a");
        TextResult refused = await BeginAsync("b");

        Assert.Equal((TextFault.None, begun.Token, 2), (begun.Fault, begun.Likelihood!.Alternatives[0].Id, begun.Likelihood.Alternatives.Count));
        Assert.Equal(TextFault.NoRoom, refused.Fault);
        Assert.Contains("Silo:SessionMemory", refused.Reason, StringComparison.Ordinal);
        await once.Runner.EndSessionAsync("a");
        Assert.Equal(begun.Token, (await BeginAsync("b")).Token);
    }

    [Fact]
    public void Parcels_ThatNobodyComesFor_AreLetGoByTheClock()
    {
        FakeTimeProvider time = new();
        ByteBudget budget = new(1000, "Silo:RequestMemory");
        using ParcelStore parcels = new(100, budget, time);
        Guid name = Guid.NewGuid();

        parcels.Put(name, 0, 2, 200, new byte[100]);
        Assert.True(budget.Taken >= 200);
        Assert.Throws<RetryableException>(() => parcels.Open(new WireParcel<WireModel>(null, name, 2)));
        Assert.Throws<RequestTooLargeException>(() => parcels.Put(Guid.NewGuid(), 0, 2, 4_000_000_000_000, new byte[100]));
        Assert.ThrowsAny<ArgumentException>(() => parcels.Put(Guid.NewGuid(), 0, int.MaxValue, 10, new byte[1]));
        Assert.Throws<MalformedMessageException>(() => parcels.Put(name, 2, 2, 200, new byte[1]));
        Assert.Equal(0, budget.Taken);

        parcels.Put(name, 0, 2, 200, new byte[100]);
        time.Advance(2 * ParcelStore.Patience);
        Assert.Equal(0, budget.Taken);
    }
}
