using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Sharding;
using Mend.Tensors;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Mend.Cluster.Tests.Identity;

public sealed class ModelDigestTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    /// <summary>Time enough for the silos to load what is theirs and to answer, if they would.</summary>
    private static readonly ClusterModelOptions AWhile = new() { RetryFor = TimeSpan.FromSeconds(10) };

    [Fact]
    public void Of_WhateverDiffers_IsAnother()
    {
        using ModelFolder model = ModelFolder.Open(folder.Model);
        BaseModelFingerprint files = model.Fingerprint(), others = new("other", [.. files.Parts.Where(p => p.Key != "weights"), KeyValuePair.Create("weights", "other")]);
        ShardPlan Plan(int shards) => ShardPlan.Balanced(model.Architecture, shards, p => StoredParameters.BytesOf(model.Checkpoint, p));

        string[] digests =
        [
            ModelDigest.Of("m", files, Plan(3), ComputeType.F32, 100),
            ModelDigest.Of("m", files, Plan(3), ComputeType.F32, 200),
            ModelDigest.Of("n", files, Plan(3), ComputeType.F32, 100),
            ModelDigest.Of("m", others, Plan(3), ComputeType.F32, 100),
            ModelDigest.Of("m", files, Plan(4), ComputeType.F32, 100),
            ModelDigest.Of("m", files, Plan(3), ComputeType.BF16, 100),
        ];

        Assert.Equal(digests.Length, digests.Distinct().Count());
        Assert.Equal(digests[0], ModelDigest.Of("m", new BaseModelFingerprint("moved", files.Parts), Plan(3), ComputeType.F32, 100));
    }

    /// <summary>Half the silos were restarted with another number of shards: block ranges of both plans fit together by number, and must not be put together.</summary>
    [Fact]
    public async Task ScoreAsync_SilosOfTwoPlans_FailsAndAnswersNothing()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(
            folder, silos: 4, configure: (number, silo) => silo.Roles = [number], model: (number, model) => model.Shards = number < 2 ? 3 : 4,
            client: AWhile, serves: false);

        await Assert.ThrowsAnyAsync<RetryableException>(() => cluster.Model.ScoreAsync([new PromptTarget("the sky", " is")]));

        Assert.All(cluster.Silos.Silos, s => Assert.Contains("Left out", s.ServiceProvider.GetRequiredService<ShardMap>().WhoDiffers(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_OneSiloOfAnotherPlan_AreServedByTheOthers()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 4, model: (number, model) => model.Shards = number == 3 ? 2 : 3);
        await using EmbeddedModel embedded = await cluster.EmbeddedAsync();
        InProcessSiloHandle odd = cluster.Silos.Silos.Single(s => TinyCluster.Number(s.Name) == 3);

        Assert.Equal(1, (await cluster.Model.EditAsync([EditableFolder.Edits[0]])).Version.Number);
        await embedded.EditAsync([EditableFolder.Edits[0]]);

        PromptTarget asked = new(EditableFolder.Edits[0].Prompt, EditableFolder.Edits[0].Target);
        Assert.Equal(await embedded.ScoreAsync([asked]), await cluster.Model.ScoreAsync([asked]));
        Assert.DoesNotContain(TinyCluster.States(odd), s => s.Serves);
    }

    /// <summary>A client outlives a restart of all silos with another number of shards.</summary>
    [Fact]
    public async Task Calls_AllSilosRestartedWithAnotherPlan_AreServedAgain()
    {
        int shards = 2;
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, configure: (_, silo) => silo.ShareSilo = true, model: (_, model) => model.Shards = shards);
        PromptTarget asked = new("the sky", " is");
        IReadOnlyList<AnswerScore> before = await cluster.Model.ScoreAsync([asked]);

        shards = 3;
        await cluster.Silos.RestartSiloAsync(cluster.Silos.Silos[0]);

        Assert.Equal(before, await cluster.Model.ScoreAsync([asked]));
        Assert.Equal(3, TinyCluster.States(cluster.Silos.Silos[0]).Count);
    }

    [Fact]
    public async Task Shard_CallsMadeForAnotherModel_AreRefusedAndMayBeSentAgain()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);
        SiloModel model = cluster.Silos.Silos[0].ServiceProvider.GetRequiredService<SiloModel>();
        IShardGrain grain = ((IGrainFactory)cluster.Silos.Client).GetGrain<IShardGrain>(GrainKeys.Shard("default", 0));
        StageRange whole = model.Plan.Shards[0];
        Pass pass = new() { Batch = new ModelBatch(1, [5, 17]), Outputs = PassOutputs.Logits };
        GrainShard Shard(string digest, StageRange range) => new(grain, digest, range, model.Options.PieceBytes, model.Engine, WireFormat.Float32);
        async Task<Exception?> RunAsync(GrainShard shard) => await Record.ExceptionAsync(async () =>
        {
            using ShardReply reply = await shard.RunAsync(pass, PassHooks.None, new ShardActivations(null, null), default);
        });

        Assert.Null(await RunAsync(Shard(model.Digest!, whole)));
        Assert.Contains("made for the model", Assert.IsType<ModelChangedException>(await RunAsync(Shard("0123456789", whole))).Message, StringComparison.Ordinal);
        Assert.Contains("enters stage 1", Assert.IsType<ModelChangedException>(await RunAsync(Shard(model.Digest!, new StageRange(1, whole.End)))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ModelChangedException>(() => Shard("0123456789", whole).KeepAsync("draft", [], default));
        await Assert.ThrowsAsync<ModelChangedException>(() => grain.ApplyAsync(0, default));
    }

    [Fact]
    public async Task ConnectAsync_NameOfNoModel_IsRefusedAndNamesTheOneThatThereIs()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);
        IGrainFactory grains = cluster.Silos.Client;

        UnknownModelException refused = await Assert.ThrowsAsync<UnknownModelException>(() => ClusterModel.ConnectAsync(grains, new ClusterModelOptions { Model = "typo" }));
        Assert.Contains("'default' and not 'typo'", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UnknownModelException>(() => grains.GetGrain<ICoordinatorGrain>("typo").EditAsync(new WireParcel<WireEdit[]>([WireEdit.Of(EditableFolder.Edits[0])], default, 0), default));
        await Assert.ThrowsAsync<UnknownModelException>(() => grains.GetGrain<IShardGrain>("typo/0").ApplyAsync(0, default));
        Assert.Equal(0, (await cluster.Model.HeadAsync()).Number);
    }
}
