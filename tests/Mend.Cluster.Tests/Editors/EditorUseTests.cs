using System.Diagnostics;
using System.Security.Cryptography;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Sharding;

namespace Mend.Cluster.Tests.Editors;

public sealed class EditorUseTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    /// <summary>Edits use the new editor, name it in their trace, and go on doing so when the coordinator starts anew.</summary>
    [Fact]
    public async Task UseEditorAsync_ThreeSilos_DraftsWithIt()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder);
        string editor = await AnotherAsync();
        await cluster.Model.PreviewAsync([EditableFolder.Edits[0]]);
        List<object?> named = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == ShardingTelemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => { lock (named) { named.Add(span.GetTagItem(ShardingTelemetry.EditorTag)); } },
        };
        ActivitySource.AddActivityListener(listener);

        string digest = await cluster.Model.UseEditorAsync(Path.GetFileName(editor));
        await cluster.Model.EditAsync([EditableFolder.Edits[0]]);
        await cluster.Silos.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
        await cluster.Model.EditAsync([EditableFolder.Edits[1]]);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(editor))), digest);
        lock (named)
        {
            Assert.Contains(digest, named);
        }

        await using EmbeddedModel embedded = await EmbeddedModel.OpenAsync(folder.Options(shards: 3) with { EditorFile = editor });
        await embedded.EditAsync([EditableFolder.Edits[0]]);
        await embedded.EditAsync([EditableFolder.Edits[1]]);
        Assert.Equal(await DigestsAsync(embedded), await DigestsAsync(cluster.Model));
    }

    /// <summary>An editor that one silo lacks is in use nowhere, also when the coordinator begins anew.</summary>
    [Fact]
    public async Task UseEditorAsync_ASiloLacksTheFile_KeepsTheOldOneEverywhere()
    {
        string others = Directory.CreateDirectory(folder.NewName()).FullName;
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, model: (number, model) => model.EditorFolder = number == 2 ? others : null);
        string editor = await AnotherAsync();
        SiloAddress? home = await cluster.Silos.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(cluster.Silos.Client.GetGrain<ICoordinatorGrain>("default"));

        await Assert.ThrowsAsync<EditorFileException>(() => cluster.Model.UseEditorAsync(Path.GetFileName(editor)));
        await cluster.Silos.KillSiloAsync(cluster.Silos.Silos.Single(s => s.SiloAddress.Equals(home)));
        await cluster.Silos.StartAdditionalSiloAsync();
        await cluster.Model.EditAsync([EditableFolder.Edits[0]]);

        await using EmbeddedModel embedded = await cluster.EmbeddedAsync();
        await embedded.EditAsync([EditableFolder.Edits[0]]);
        Assert.Equal(await DigestsAsync(embedded), await DigestsAsync(cluster.Model));
        Assert.DoesNotContain(await cluster.Model.LogAsync(), e => e.Kind == LedgerEntryKind.Editor);
    }

    /// <summary>All silos restarted, the editor is what it was; reverting its version brings back the one before.</summary>
    [Fact]
    public async Task UseEditorAsync_SilosRestartedOneByOne_StaysInUse()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 2, shards: 2);
        string editor = await AnotherAsync();

        string digest = await cluster.Model.UseEditorAsync(Path.GetFileName(editor));
        Assert.Equal(digest, await cluster.Model.UseEditorAsync(Path.GetFileName(editor)));
        for (int i = 0; i < 2; i++)
        {
            await cluster.Silos.RestartSiloAsync(cluster.Silos.Silos[0]);
            await cluster.WaitUntilItServesAsync();
        }

        await cluster.Model.EditAsync([EditableFolder.Edits[0]]);
        await cluster.Model.RevertAsync([new ModelVersion(1)]);
        await cluster.Model.EditAsync([EditableFolder.Edits[1]]);

        await using EmbeddedModel first = await EmbeddedModel.OpenAsync(folder.Options(shards: 2) with { EditorFile = editor });
        await first.EditAsync([EditableFolder.Edits[0]]);
        Assert.Equal([LedgerEntryKind.Editor, LedgerEntryKind.Edit, LedgerEntryKind.Revert, LedgerEntryKind.Edit], (await cluster.Model.LogAsync()).Select(e => e.Kind));
        Assert.Equal((digest, Path.GetFileName(editor)), ((await cluster.Model.LogAsync())[0].Editor!.Digest.Hex, (await cluster.Model.LogAsync())[0].Editor!.Name));
        Assert.Equal(await DigestsAsync(first), (await DigestsAsync(cluster.Model)).Take((await DigestsAsync(first)).Count()));
    }

    [Fact]
    public async Task UseEditorAsync_AtFault_SaysWhatIsWrongAndKeepsTheEditor()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);

        Assert.Contains("nowhere", (await Assert.ThrowsAsync<EditorFileException>(() => cluster.Model.UseEditorAsync("nowhere"))).Message, StringComparison.Ordinal);
        string foreign = Path.GetFileName(folder.NewName());
        File.Copy(Path.Combine(folder.Model, "model.safetensors"), Path.Combine(folder.Root, foreign));
        await Assert.ThrowsAsync<EditorFileException>(() => cluster.Model.UseEditorAsync(foreign));
        Assert.Equal(1, (await cluster.Model.EditAsync([EditableFolder.Edits[0]])).Version.Number);
    }

    /// <summary>Calls name files in the silos' folder and nothing else on their machines.</summary>
    [Theory]
    [InlineData("../x")]
    [InlineData("/etc/passwd")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("..")]
    [InlineData("")]
    public async Task UseEditorAsync_PathInsteadOfAName_IsRefused(string path)
    {
        using SiloEditors editors = new(folder.Editor, null, file => throw new InvalidOperationException($"'{file}' was opened."));

        Assert.Contains("is no name of an editor", (await Assert.ThrowsAsync<EditorFileException>(() => editors.OpenAsync(path, default))).Message, StringComparison.Ordinal);
        Assert.Contains("is no name of an editor", (await Assert.ThrowsAsync<EditorFileException>(() => editors.GetAsync(new EditorReference("0123456789", path), default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DescribeAsync_FolderWithOtherFiles_DoesNotHandThemOut()
    {
        File.WriteAllText(Path.Combine(folder.Model, "notes.txt"), "not for clients");
        File.WriteAllText(Path.Combine(folder.Model, "secrets.json"), "{}");

        Dictionary<string, byte[]> files = await ModelFiles.PackAsync(folder.Model, default);

        Assert.Equal(["config.json", "tokenizer.json", "tokenizer_config.json"], files.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>An editor of the same model that makes other factors than the folder's.</summary>
    private async Task<string> AnotherAsync()
    {
        using ModelFolder model = ModelFolder.Open(folder.Model);
        using ShardChain chain = ModelFixtures.Load(model, 1);
        using MendEditor editor = new(chain.Engine, model.Architecture, model.Architecture.DefaultEditedLayers, new EditorOptions { Rank = 4 }, seed: 7);
        List<EditRecord> records = [.. EditableFolder.Edits.Select(e => new EditRecord { Id = e.Prompt, Prompt = e.Prompt, Target = e.Target })];
        TrainingOptions options = new() { Steps = 1, EditsPerStep = 3, EditsPerPass = 3, StatisticsEdits = 3, LocalityPerEdit = 0, RephrasesPerEdit = 0 };
        using EditorTrainer trainer = new(chain, new ExampleEncoder(model.Architecture, model.Tokenizer), editor, records, [], options, TimeProvider.System);
        await trainer.RunAsync(null, null, default);
        string file = folder.NewName();
        EditorFile.Save(file, editor, model.Fingerprint());
        return file;
    }

    private static async Task<IEnumerable<string>> DigestsAsync(IEditableModel model) =>
        (await model.LogAsync()).SelectMany(e => e.Edits).SelectMany(e => e.Factors).Select(f => f.Digest.ToString());
}
