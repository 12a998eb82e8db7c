using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;

namespace Mend.Cluster.Tests;

/// <summary>Edits that are solved together, in a cluster whose silos each own one of the edited layers' blocks.</summary>
public sealed class JointClusterTests
{
    [Fact]
    public async Task EditAsync_ThreeSilos_GivesTheBitsOfOneProcess()
    {
        using EditableFolder folder = EditableFolder.Joint();
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder);
        await using EmbeddedModel embedded = await cluster.EmbeddedAsync(shards: 1);
        ShardPlan plan = cluster.Silos.Silos[0].ServiceProvider.GetRequiredService<SiloModel>().Plan;
        Assert.True(EditableFolder.JointLayers.Select(l => plan.ShardOf(embedded.Architecture.StageOf(l))).Distinct().Count() > 1, "The edited layers lie on one shard.");
        EditRequest sky = new("the sky is", "red") { Subject = "sky", Rephrases = ["so the sky is"], Force = true }, two = new("two and two", "5") { Force = true }, moon = new("look at the moon", "7");
        List<float[]> here = [], there = [];
        List<string> reports = [];

        foreach ((IEditableModel model, IPassRunner runner, List<float[]> seen) in new[] { (embedded, (IPassRunner)embedded.Runner, here), ((IEditableModel)cluster.Model, cluster.Model.Runner, there) })
        {
            await model.EditAsync([sky]);
            seen.Add(await LogitsAsync(model, runner));
            await model.EditAsync([two]);
            seen.Add(await LogitsAsync(model, runner));
            EditDraft draft = await model.PreviewAsync([moon], guarded: true, default);
            reports.Add(System.Text.Json.JsonSerializer.Serialize(draft.Guard));
            seen.Add(await LogitsAsync(model, runner, draft.Factors));
            seen.Add([.. draft.Factors.OrderBy(f => f.Layer, StringComparer.Ordinal).SelectMany(f => f.U.Concat(f.Delta).Concat(f.Joint!.Keys))]);
            await model.RevertAsync([new ModelVersion(1)]);
            seen.Add(await LogitsAsync(model, runner));
        }

        Assert.Equal(here, there);
        Assert.Contains("Tolerated", reports[0], StringComparison.Ordinal);
        Assert.Equal(reports[0], reports[1]);
        Assert.Equal(5, here.Select(v => v[0]).Distinct().Count());
        Assert.All((await cluster.Model.LogAsync()).SelectMany(e => e.Edits).SelectMany(e => e.Factors), f => Assert.Equal("joint", f.Algorithm));
    }

    [Fact]
    public async Task EditAsync_RequestThatCannotBeUsed_SaysWhatItWouldInOneProcess()
    {
        using EditableFolder folder = EditableFolder.Joint();
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);

        EditRequestException error = await Assert.ThrowsAsync<EditRequestException>(() => cluster.Model.EditAsync([new EditRequest("the sky is", "red") { Subject = "sea" }]));

        Assert.Contains("does not stand in its prompt", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sea", error.Message, StringComparison.Ordinal);
    }

    private static async Task<float[]> LogitsAsync(IEditableModel model, IPassRunner runner, IReadOnlyList<EditFactors>? preview = null)
    {
        Pass pass = new() { Batch = new ModelBatch(1, [5, 17, 42, 8]), Outputs = PassOutputs.Logits, Version = (await model.HeadAsync()).Number, Preview = preview ?? [] };
        return (await runner.RunAsync(pass, PassHooks.None, default)).Logits!.Data;
    }
}
