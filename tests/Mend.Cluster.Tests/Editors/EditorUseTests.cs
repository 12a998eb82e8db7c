using System.Diagnostics;
using System.Security.Cryptography;
using Mend.Editing;
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
