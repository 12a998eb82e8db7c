using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;
using Mend.Sharding;
using Orleans.TestingHost;

namespace Mend.Cluster.Tests;

public sealed class ClusterModelTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    private static readonly EditRequest Sky = EditableFolder.Edits[0];
    private static readonly EditRequest Two = EditableFolder.Edits[1];

    [Fact]
    public async Task Calls_ThreeSilos_GiveTheBitsOfOneProcess()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder);
        await using EmbeddedModel embedded = await cluster.EmbeddedAsync();
        Assert.Equal(await LogitsAsync(embedded, embedded.Runner), await LogitsAsync(cluster.Model, cluster.Model.Runner));

        EditOutcome one = await cluster.Model.EditAsync([Sky]);
        EditOutcome two = await cluster.Model.EditAsync([Two]);
        await embedded.EditAsync([Sky]);
        await embedded.EditAsync([Two]);

        Assert.Equal((1, 2, false), (one.Version.Number, two.Version.Number, two.AlreadyCommitted));
        Assert.Equal(await LogitsAsync(embedded, embedded.Runner), await LogitsAsync(cluster.Model, cluster.Model.Runner));
        Assert.Equal(await DigestsAsync(embedded), await DigestsAsync(cluster.Model));
        EditDraft here = await embedded.PreviewAsync([EditableFolder.Edits[2]]);
        EditDraft there = await cluster.Model.PreviewAsync([EditableFolder.Edits[2]]);
        Assert.Equal(here.Factors.SelectMany(f => f.Delta), there.Factors.SelectMany(f => f.Delta));
        Assert.Equal(here.Factors.Select(f => (f.Layer, f.Step)), there.Factors.Select(f => (f.Layer, f.Step)));
        Question question = new(Sky.Prompt, Preview: there) { Sampling = new SamplingOptions { MaxNewTokens = 6, Temperature = 1, Seed = 3 } };
        Assert.Equal(await embedded.AnswerAsync(question), await cluster.Model.AnswerAsync(question));
        Assert.Equal(
            await embedded.ScoreAsync([new PromptTarget(Sky.Prompt, Sky.Target)], new ModelVersion(1)),
            await cluster.Model.ScoreAsync([new PromptTarget(Sky.Prompt, Sky.Target)], new ModelVersion(1)));

        ModelVersion reverted = await cluster.Model.RevertAsync([new ModelVersion(1), new ModelVersion(2)]);
        await embedded.RevertAsync([new ModelVersion(1), new ModelVersion(2)]);
        Assert.Equal(3, reverted.Number);
        Assert.Equal(await LogitsAsync(embedded, embedded.Runner), await LogitsAsync(cluster.Model, cluster.Model.Runner));
        Assert.Equal((await embedded.LogAsync()).Select(e => e.Kind), (await cluster.Model.LogAsync()).Select(e => e.Kind));
        Assert.Equal(embedded.BaseModel, cluster.Model.BaseModel);
    }

    [Fact]
    public async Task Calls_AtFault_SayWhatTheyWouldInOneProcess()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);
        await cluster.Model.EditAsync([Sky with { IdempotencyKey = "k" }]);

        Assert.True((await cluster.Model.EditAsync([Sky with { IdempotencyKey = "k" }])).AlreadyCommitted);
        Assert.Contains("'k'", (await Assert.ThrowsAsync<IdempotencyConflictException>(() => cluster.Model.EditAsync([Two with { IdempotencyKey = "k" }]))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<EditRequestException>(() => cluster.Model.EditAsync([new EditRequest(" ", "x")]));
        await Assert.ThrowsAsync<UnknownVersionException>(() => cluster.Model.AnswerAsync(new Question("the sky", new ModelVersion(9))));
        await Assert.ThrowsAsync<UnknownVersionException>(() => cluster.Model.RevertAsync([new ModelVersion(9)]));
        await Assert.ThrowsAsync<HeadMovedException>(() => cluster.Model.EditAsync([Two with { Expected = ModelVersion.Base }]));
        await Assert.ThrowsAsync<HeadMovedException>(() => cluster.Model.RevertAsync(new RevertRequest([new ModelVersion(1)]) { Expected = ModelVersion.Base }));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cluster.Model.EditAsync([Two], new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Origin_OfEditAndRevert_IsInTheLog()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);
        EditOrigin origin = EditOrigin.Of("ada", "it changed", "https://example.org/7")!;

        EditOutcome outcome = await cluster.Model.EditAsync([Sky with { Origin = origin, Expected = ModelVersion.Base }]);
        await cluster.Model.RevertAsync(new RevertRequest([outcome.Version]) { Origin = origin with { Reason = null }, Expected = outcome.Version });

        IReadOnlyList<LedgerEntry> log = await cluster.Model.LogAsync();
        Assert.Equal(origin, log[0].Edits[0].Origin);
        Assert.Equal(origin with { Reason = null }, log[1].Origin);
    }

    [Fact]
    public async Task EditAsync_WithoutAnEditor_SaysSoAtOnce()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1, editor: false);

        Assert.Contains("without an editor", (await Assert.ThrowsAsync<EditorMissingException>(() => cluster.Model.EditAsync([Sky]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EditAsync_ManyAtOnce_ShareVersions()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder);

        EditOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => cluster.Model.EditAsync([new EditRequest($"number {i} is", $"{i}{i}")])));

        IReadOnlyList<LedgerEntry> log = await cluster.Model.LogAsync();
        Assert.Equal(8, log.Sum(e => e.Edits.Count));
        Assert.True(log.Count < 8, $"{log.Count} versions");
        Assert.All(outcomes, o => Assert.InRange(o.Version.Number, 1, log.Count));
    }

    [Fact]
    public async Task Shards_ThreeSilos_OneEach()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder);

        List<IReadOnlyList<ShardState>> states = [.. cluster.Silos.Silos.Select(TinyCluster.States)];

        Assert.All(states, s => Assert.True(Assert.Single(s).Serves));
        Assert.Equal([0, 1, 2], states.Select(s => s[0].Shard).Order());
    }

    [Fact]
    public async Task Shards_Roles_AreKept()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, configure: (number, silo) => silo.Roles = [2 - number]);

        Assert.Equal([2, 1, 0], cluster.Silos.Silos.OrderBy(s => s.Name).Select(s => Assert.Single(TinyCluster.States(s)).Shard));
    }

    [Fact]
    public async Task KillSilo_AnyOfThree_ComesBackWithEveryEdit()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder);
        await cluster.Model.EditAsync([Sky]);
        float[] before = await LogitsAsync(cluster.Model, cluster.Model.Runner);

        for (int i = 0; i < 3; i++)
        {
            InProcessSiloHandle victim = cluster.Silos.Silos[i];
            await cluster.Silos.KillSiloAsync(victim);
            await cluster.Silos.StartAdditionalSiloAsync();
            await cluster.WaitUntilItServesAsync();
        }

        Assert.Equal(before, await LogitsAsync(cluster.Model, cluster.Model.Runner));
        await cluster.Model.EditAsync([Two]);
        Assert.Equal(2, (await cluster.Model.HeadAsync()).Number);
    }

    [Fact]
    public async Task EditAsync_SiloOfTheCoordinatorKilledMeanwhile_IsSentAgainAndCommittedOnce()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder);
        IManagementGrain management = cluster.Silos.Client.GetGrain<IManagementGrain>(0);
        SiloAddress? home = await management.GetActivationAddress(cluster.Silos.Client.GetGrain<ICoordinatorGrain>("default"));
        InProcessSiloHandle victim = cluster.Silos.Silos.Single(s => s.SiloAddress.Equals(home));

        Task<EditOutcome>[] edits = [.. Enumerable.Range(0, 8).Select(i => cluster.Model.EditAsync([new EditRequest($"number {i} is", $"{i}", $"key {i}")]))];
        await cluster.Silos.KillSiloAsync(victim);
        await cluster.Silos.StartAdditionalSiloAsync();

        // Far less than the time limit of an edit, which is what a lost call would wait for.
        await Task.WhenAll(edits).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(8, (await cluster.Model.LogAsync()).SelectMany(e => e.Edits).Select(e => e.IdempotencyKey).Distinct().Count());
        Assert.Equal(8, (await cluster.Model.LogAsync()).Sum(e => e.Edits.Count));
    }

    private static async Task<float[]> LogitsAsync(IEditableModel model, IPassRunner runner)
    {
        Pass pass = new() { Batch = new ModelBatch(1, [5, 17, 42, 8]), Outputs = PassOutputs.Logits, Version = (await model.HeadAsync()).Number };
        return (await runner.RunAsync(pass, PassHooks.None, default)).Logits!.Data;
    }

    /// <summary>Digests of what each edit stored: equal digests are equal bytes.</summary>
    private static async Task<IEnumerable<(string Layer, int Shard, string Digest)>> DigestsAsync(IEditableModel model) =>
        (await model.LogAsync()).SelectMany(e => e.Edits).SelectMany(e => e.Factors).Select(f => (f.Layer, f.Shard, f.Digest.ToString()));
}
