using System.Text;
using Mend.Editing.Tests.Methods;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Editing.Tests.Editors;

public sealed class EditorFileTests : IDisposable
{
    private readonly Gpt2Fixture _model = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("mend-editor-").FullName;

    private static readonly BaseModelFingerprint Base = new("tiny", new Dictionary<string, string> { ["family"] = "gpt2", ["width"] = "32" });

    public static TheoryData<EditorOptions> Kinds => new()
    {
        new EditorOptions { Rank = 6 },
        EditorOptions.Paper with { Rank = 6 },
        new EditorOptions { Rank = 6, Whitening = 0, Combine = false, Sides = EditorSides.Shorter, Shared = false, HiddenLayers = 2, Init = EditorInit.Xavier },
    };

    private string File1 => Path.Combine(_folder, "editor.safetensors");

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Load_AfterSave_GivesTheSameBits(EditorOptions options)
    {
        using MendEditor editor = New(options);
        TrainingSetup setup = await TrainingSetup.MakeAsync(_model, editor);
        EditorFile.Save(File1, editor, Base);

        using MendEditor loaded = Load();

        Assert.Equal(editor.Options, loaded.Options);
        Assert.Equal(editor.Layers, loaded.Layers);
        Assert.All(editor.Parameters.Names, n => Assert.Equal(editor.Parameters.Get(n), loaded.Parameters.Get(n)));
        foreach (LayerSignals signals in setup.Examples[0].Signals)
        {
            (EditFactors expected, EditFactors actual) = (editor.Factors(signals), loaded.Factors(signals));
            Assert.Equal(expected.U, actual.U);
            Assert.Equal(expected.Delta, actual.Delta);
            Assert.Equal(expected.Step, actual.Step);
        }
    }

    [Fact]
    public async Task Save_TheSameEditor_GivesTheSameFile()
    {
        using MendEditor editor = await TrainedAsync();
        EditorFile.Save(File1, editor, Base);
        byte[] first = File.ReadAllBytes(File1);

        using MendEditor loaded = Load();
        EditorFile.Save(File1, loaded, Base);

        Assert.Equal(first, File.ReadAllBytes(File1));
    }

    [Fact]
    public async Task Save_Notes_StayBesideWhatTheFormatNeeds()
    {
        using MendEditor editor = await TrainedAsync();

        EditorFile.Save(File1, editor, Base, new Dictionary<string, string> { ["trained_with"] = "12 edits", ["format"] = "mine" });

        using SafetensorsFile file = SafetensorsFile.Open(File1);
        Assert.Equal(("12 edits", "mend-editor"), (file.Metadata["trained_with"], file.Metadata["format"]));
    }

    [Fact]
    public async Task Load_OtherBase_NamesWhatDiffers()
    {
        using MendEditor editor = await TrainedAsync();
        EditorFile.Save(File1, editor, Base);
        BaseModelFingerprint other = new("large", new Dictionary<string, string> { ["family"] = "gpt2", ["width"] = "768" });

        EditorFileException error = Assert.Throws<EditorFileException>(() => EditorFile.Load(File1, _model.Chain.Engine, _model.Architecture, other));

        Assert.Contains("'tiny', not on 'large'", error.Message, StringComparison.Ordinal);
        Assert.Contains("width: 768 here, 32 there", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("family", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoFile_SaysHowToGetOne() => Assert.Contains("mend train", Failure(), StringComparison.Ordinal);

    [Fact]
    public void Load_AnotherSafetensorsFile_SaysThatItIsNoEditor()
    {
        SafetensorsWriter.Write(File1, [TensorData.FromFloats("x", [1], new float[1])]);

        Assert.Contains("no MEND editor", Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_NewerFormat_SaysWhatIsRead()
    {
        await RewriteAsync(metadata => metadata["format_version"] = "3");

        string message = Failure();

        Assert.Contains("editor format 3", message, StringComparison.Ordinal);
        Assert.Contains("up to 2", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("options")]
    [InlineData("layers")]
    [InlineData("base")]
    public async Task Load_MetadataMissing_NamesIt(string key)
    {
        await RewriteAsync(metadata => metadata.Remove(key));

        Assert.Contains($"no '{key}'", Failure(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("options", "{")]
    [InlineData("options", "{\"rank\": 6, \"colour\": \"blue\"}")]
    [InlineData("layers", "7")]
    public async Task Load_MetadataUnreadable_NamesIt(string key, string value)
    {
        await RewriteAsync(metadata => metadata[key] = value);

        Assert.Contains($"unreadable '{key}'", Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_OptionsThatContradictEachOther_SaysWhich()
    {
        await RewriteAsync(metadata => metadata["options"] = "{\"rank\": 0}");

        Assert.Contains("Rank", Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_LayerThatTheModelLacks_NamesIt()
    {
        await RewriteAsync(metadata => metadata["layers"] = "[\"transformer.h.77.mlp.c_fc.weight\"]");

        Assert.Contains("transformer.h.77", Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_TensorMissing_NamesIt()
    {
        await RewriteAsync(_ => { }, tensor => tensor.Name != MendEditor.Steps);

        Assert.Contains(MendEditor.Steps, Failure(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(100)]
    [InlineData(-8)]
    public async Task Load_CutOff_SaysWhichFile(int length)
    {
        using MendEditor editor = await TrainedAsync();
        EditorFile.Save(File1, editor, Base);
        byte[] bytes = File.ReadAllBytes(File1);
        File.WriteAllBytes(File1, length > 0 ? bytes[..length] : bytes[..^-length]);

        Assert.Contains(File1, Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoSafetensorsAtAll_SaysWhichFile()
    {
        File.WriteAllText(File1, "This is not the file you are looking for.", Encoding.UTF8);

        Assert.Contains(File1, Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_ThatFails_LeavesNoTensorBehind()
    {
        await RewriteAsync(_ => { }, tensor => tensor.Name != MendEditor.Steps);
        long before = _model.LiveTensors;

        Failure();

        Assert.Equal(before, _model.LiveTensors);
    }

    private MendEditor New(EditorOptions options) => new(_model.Chain.Engine, _model.Architecture, _model.Layers, options, seed: 7);

    private async Task<MendEditor> TrainedAsync()
    {
        MendEditor editor = New(new EditorOptions { Rank = 6 });
        await TrainingSetup.MakeAsync(_model, editor);
        return editor;
    }

    private MendEditor Load() => EditorFile.Load(File1, _model.Chain.Engine, _model.Architecture, Base);

    private string Failure() => Assert.Throws<EditorFileException>(Load).Message;

    /// <summary>Writes a good file with other metadata or fewer tensors.</summary>
    private async Task RewriteAsync(Action<Dictionary<string, string>> change, Func<StoredTensor, bool>? keep = null)
    {
        using MendEditor editor = await TrainedAsync();
        string good = Path.Combine(_folder, "good");
        EditorFile.Save(good, editor, Base);
        using SafetensorsFile file = SafetensorsFile.Open(good);
        Dictionary<string, string> metadata = new(file.Metadata);
        change(metadata);
        SafetensorsWriter.Write(File1, [.. file.Tensors.Values.Where(keep ?? (_ => true)).Select(t => TensorData.FromStored(t))], metadata);
    }
}
