using System.Text.Json;
using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Silo.Tests;

/// <summary>Three processes serve one model, and give the bits of one.</summary>
public sealed class ThreeSilosTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    private static readonly PromptTarget[] Scored = [.. EditableFolder.Edits.Select(e => new PromptTarget(e.Prompt, e.Target))];

    [Fact]
    public async Task Calls_ThreeProcesses_GiveTheBitsOfOneProcess()
    {
        await using SiloProcesses silos = new(folder, shards: 3);
        await silos.StartAsync();
        await using IEditableModel cluster = await silos.ConnectAsync();
        await using EmbeddedModel embedded = await silos.EmbeddedAsync();

        Assert.Equal(await embedded.ScoreAsync(Scored), await cluster.ScoreAsync(Scored));
        foreach (EditRequest edit in EditableFolder.Edits)
        {
            Assert.Equal((await embedded.EditAsync([edit])).Version, (await cluster.EditAsync([edit])).Version);
        }

        Assert.Equal(await embedded.ScoreAsync(Scored), await cluster.ScoreAsync(Scored));
        Assert.Equal(await DigestsAsync(embedded), await DigestsAsync(cluster));
        Question question = new(EditableFolder.Edits[0].Prompt) { Sampling = new SamplingOptions { MaxNewTokens = 8, Temperature = 1, Seed = 5 } };
        Assert.Equal(await embedded.AnswerAsync(question), await cluster.AnswerAsync(question));
    }

    [Fact]
    public async Task Command_Cluster_EditsReadsAndRevertsThere()
    {
        await using SiloProcesses silos = new(folder, shards: 2);
        await silos.StartAsync();
        EditRequest edit = EditableFolder.Edits[0];

        JsonElement edited = await MendAsync(silos, "edit", edit.Prompt, edit.Target);
        JsonElement previewed = await MendAsync(silos, "preview", EditableFolder.Edits[1].Prompt, EditableFolder.Edits[1].Target);
        JsonElement generated = await MendAsync(silos, "generate", edit.Prompt, "--max-tokens", "3");
        JsonElement reverted = await MendAsync(silos, "revert", "1");
        JsonElement proposed = await MendAsync(silos, "propose", edit.Prompt, edit.Target, "--author", "ada");
        JsonElement listed = await MendAsync(silos, "proposals");
        JsonElement approved = await MendAsync(silos, "approve", "1", "--author", "grace");
        JsonElement log = await MendAsync(silos, "log");

        Assert.Equal((1, true, "cluster 'mend'"), (edited.GetProperty("version").GetInt32(), edited.GetProperty("committed").GetBoolean(), edited.GetProperty("ledger").GetString()));
        Assert.Equal((1, false), (previewed.GetProperty("version").GetInt32(), previewed.GetProperty("committed").GetBoolean()));
        Assert.Equal(1, generated.GetProperty("version").GetInt32());
        Assert.Equal(2, reverted.GetProperty("version").GetInt32());
        Assert.Equal((1, 2), (proposed.GetProperty("id").GetInt32(), proposed.GetProperty("preview").GetProperty("version").GetInt32()));
        Assert.Equal("open", Assert.Single(listed.GetProperty("proposals").EnumerateArray()).GetProperty("status").GetString());
        Assert.Equal(("committed", 3), (approved.GetProperty("status").GetString(), approved.GetProperty("version").GetInt32()));
        Assert.Equal("grace", log.GetProperty("versions")[2].GetProperty("edits")[0].GetProperty("origin").GetProperty("approver").GetString());
        Assert.Equal(2, log.GetProperty("versions")[0].GetProperty("reverted_by").GetInt32());
    }

    [Fact]
    public async Task Command_UseEditor_IsWhatEverySiloEditsWith()
    {
        await using SiloProcesses silos = new(folder, shards: 2);
        await silos.StartAsync();
        string other = Path.Combine(Path.GetDirectoryName(folder.Editor)!, "other.safetensors");
        File.Copy(folder.Editor, other);

        JsonElement used = await MendAsync(silos, "use-editor", "other.safetensors");
        JsonElement edited = await MendAsync(silos, "edit", EditableFolder.Edits[0].Prompt, EditableFolder.Edits[0].Target);
        await using ChildProcess unknown = new(SiloProcesses.Programs["mend"], ["use-editor", "../other.safetensors", "--cluster", silos.Address]);

        Assert.Equal(("other.safetensors", 64), (used.GetProperty("editor").GetString(), used.GetProperty("digest").GetString()!.Length));
        Assert.Equal(2, edited.GetProperty("version").GetInt32());
        Assert.NotEqual(0, await unknown.EndAsync(SiloProcesses.Limit));
        Assert.Contains("no path", unknown.Errors, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> MendAsync(SiloProcesses silos, params string[] words)
    {
        await using ChildProcess mend = new(SiloProcesses.Programs["mend"], [.. words, "--cluster", silos.Address, "--json", "--quiet"]);
        Assert.True(await mend.EndAsync(SiloProcesses.Limit) == 0, mend.Output);
        using JsonDocument document = JsonDocument.Parse(mend.Output);
        return document.RootElement.Clone();
    }

    /// <summary>Digests of what each edit stored: equal digests are equal bytes.</summary>
    private static async Task<IEnumerable<(string Layer, string Digest)>> DigestsAsync(IEditableModel model) =>
        (await model.LogAsync()).SelectMany(e => e.Edits).SelectMany(e => e.Factors).Select(f => (f.Layer, f.Digest.ToString()));
}
