using Mend.Editing.Tests.Methods;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing.Tests.Joint;

/// <summary>How an editor of the joint method is made, what it makes of signals, and its file.</summary>
public sealed class JointEditorTests : IDisposable
{
    private const string Layer = "transformer.h.1.mlp.c_proj.weight";
    private const int Inputs = 80;

    private static readonly BaseModelFingerprint Base = new("tiny", new Dictionary<string, string> { ["family"] = "gpt2" });

    private readonly Gpt2Fixture _model = new();
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["editor.safetensors"];

    public void Dispose()
    {
        _folder.Dispose();
        _model.Dispose();
    }

    /// <summary>The metric is the weighted mean of outer products of the inputs that other hooks see, with the ridge.</summary>
    [Fact]
    public async Task Collect_PromptsAndText_GivesTheMomentOfTheirInputs()
    {
        JointOptions options = new() { TextWeight = 3, EditWeight = 5, ProtectedWeight = 2, Ridge = 0.5f, Reach = 7 };
        MetricData data = new([new("7 8 9 10", "1", "9"), new("20 21", "1", "21"), new("30 31 32", "1", "99"), new("30 31", "1", null)], [new PromptTarget("40 41", "42 43")], "50 51 52 53 54");

        using JointEditor editor = await CollectAsync(options, data);

        double[] moment = new double[Inputs * Inputs];
        await AddAsync(moment, [7, 8, 9, 10], [2], 5.0 / 2);
        await AddAsync(moment, [20, 21], [1], 5.0 / 2);
        double[] subjects = [.. moment.Select(v => v / 5)];
        await AddAsync(moment, [40, 41, 42], [1, 2], 2.0 / 2);
        await AddAsync(moment, [50, 51, 52, 53, 54], [1, 2, 3, 4], 3.0 / 4);
        double ridge = 0.5 * Enumerable.Range(0, Inputs).Sum(i => moment[i * (Inputs + 1)]) / Inputs;
        float[] metric = [.. moment.Select((v, i) => (float)(v + (i % (Inputs + 1) == 0 ? ridge : 0)))];

        // M⁻¹ times M is a multiple of the identity, and subjects have the wanted reach.
        float[] product = editor.Joint.Metrics[Layer].Times(metric);
        Values.AssertClose(Enumerable.Range(0, Inputs * Inputs).Select(i => i % (Inputs + 1) == 0 ? (double)product[0] : 0).ToArray(), product, 1e-4 * Math.Max(1, product[0]), 0);
        Assert.Equal(7, subjects.Select((v, i) => v * editor.Joint.Metrics[Layer].Inverse.Span[i]).Sum(), 1e-3);
    }

    [Fact]
    public async Task Collect_Nothing_SaysWhatToGive()
    {
        MetricData nothing = new([], [], "");

        Assert.Contains("give edits", (await Assert.ThrowsAsync<EditRequestException>(() => CollectAsync(new JointOptions(), nothing))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Collect_Options_AreChecked()
    {
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => CollectAsync(new JointOptions { Confidence = 1, Ridge = 0 }, Data));

        Assert.Contains("Confidence is 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("Ridge is 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Factors_Signals_AreWhatTheSolveNeeds()
    {
        using JointEditor editor = await CollectAsync(new JointOptions(), Data);
        float[] keys = Values.Random(2 * Inputs, 1), shifts = Values.Random(2 * 32, 2);

        EditFactors factors = editor.Factors(LayerSignals.Of(Layer, [0, 1], keys, shifts, Inputs, 32, "s"));

        InputMetric metric = editor.Joint.Metrics[Layer];
        Assert.Equal((metric.Name, "s"), (factors.Joint!.Metric, factors.Joint.Subject));
        Assert.Equal(keys, factors.Joint.Keys);
        Assert.Equal(metric.Times(keys), factors.U);
        Assert.Equal(shifts, factors.Delta);
        Assert.Equal(1, factors.Step);
        Assert.Throws<ArgumentException>(() => editor.Factors(LayerSignals.Of(Layer, [0, 1], keys, shifts, Inputs, 32)));
    }

    /// <summary>Shifts are made up for what the solve of the edit alone takes off, g / (1 + g), but not without limit.</summary>
    [Theory]
    [InlineData(2f)]
    [InlineData(0.01f)]
    public async Task Factors_WholeShift_IsEnlargedByWhatTheSolveTakes(float size)
    {
        using JointEditor editor = await CollectAsync(new JointOptions { WholeShift = true }, Data);
        InputMetric metric = editor.Joint.Metrics[Layer];
        float[] key = Values.Random(Inputs, 1), shift = Values.Random(32, 2);
        float reach = key.Zip(metric.Times(key), (a, b) => a * b).Sum();
        key = [.. key.Select(v => v * MathF.Sqrt(size / reach))];

        EditFactors factors = editor.Factors(LayerSignals.Of(Layer, [0], key, shift, Inputs, 32, "s"));

        float factor = 1 + (1 / MathF.Max(size, 0.1f));
        Values.AssertClose([.. shift.Select(v => (double)v * factor)], factors.Delta, 1e-3, 1e-3);
    }

    /// <summary>With rows of answers, the moment of edits is of the rows that predict them.</summary>
    [Fact]
    public async Task Collect_AnswerRows_WeighsTheRowsOfAnswers()
    {
        JointOptions options = new() { Rows = JointRows.Answer, TextWeight = 0, EditWeight = 1, ProtectedWeight = 0, Ridge = 0.5f, Reach = 7 };

        using JointEditor editor = await CollectAsync(options, new MetricData([new("7 8 9", "10 11", null), new("20 21", "22", "20")], [], ""));

        double[] moment = new double[Inputs * Inputs];
        await AddAsync(moment, [7, 8, 9, 10], [2, 3], 1.0 / 3);
        await AddAsync(moment, [20, 21], [1], 1.0 / 3);
        Assert.Equal(7, moment.Select((v, i) => v * editor.Joint.Metrics[Layer].Inverse.Span[i]).Sum(), 1e-3);
    }

    /// <summary>Any answer is sure enough at a low confidence, none at a high one without a step.</summary>
    [Theory]
    [InlineData(1e-30f, 1.0)]
    [InlineData(0.999f, 0.0)]
    public async Task Probe_Edits_GivesTheShareThatIsSure(float confidence, double share)
    {
        MetricEdit[] edits = [new("7 8 9 10", "11", "9"), new("20 21", "22", "21"), new("30 31", "32", null), new("40", "41", "40"), new("50 51", "52", "99")];
        JointOptions options = new() { Confidence = confidence, Rounds = 1 };

        Assert.Equal(share, await SubjectProbe.RunAsync(_model.Chain, TrainingSetup.Encoder(_model), [Layer], options, edits, null, default));
        Assert.Null(await SubjectProbe.RunAsync(_model.Chain, TrainingSetup.Encoder(_model), [Layer], options, edits[2..], null, default));
    }

    [Fact]
    public async Task Open_AfterSave_GivesTheSameEditor()
    {
        using JointEditor editor = await CollectAsync(new JointOptions { Confidence = 0.7f }, Data);
        EditorFile.Save(File, editor, Base, new Dictionary<string, string> { ["trained_with"] = "two prompts" });

        using IEditor opened = EditorFile.Open(File, _model.Chain.Engine, _model.Architecture, Base);

        Assert.Equal(editor.Joint.Options, opened.Joint!.Options);
        Assert.Equal(editor.Layers, opened.Layers);
        Assert.Equal(editor.Joint.Metrics[Layer].Name, opened.Joint.Metrics[Layer].Name);
        Assert.Equal(editor.Joint.Metrics[Layer].Inverse.ToArray(), opened.Joint.Metrics[Layer].Inverse.ToArray());
        using SafetensorsFile file = SafetensorsFile.Open(File);
        Assert.Equal(("2", "two prompts"), (file.Metadata["format_version"], file.Metadata["trained_with"]));
        Assert.Contains("\"subject_weight\"", file.Metadata["options"], StringComparison.Ordinal);
        Assert.True(EditorFile.Is(File));
    }

    [Fact]
    public void Open_EditorOfNetworks_IsOne()
    {
        using MendEditor editor = new(_model.Chain.Engine, _model.Architecture, [Layer], new EditorOptions { Rank = 4 }, seed: 1);
        EditorFile.Save(File, editor, Base);

        using IEditor opened = EditorFile.Open(File, _model.Chain.Engine, _model.Architecture, Base);

        Assert.IsType<MendEditor>(opened);
        Assert.Null(opened.Joint);
    }

    [Fact]
    public async Task Load_JointEditorWhereNetworksAreWanted_SaysSo()
    {
        using JointEditor editor = await CollectAsync(new JointOptions(), Data);
        EditorFile.Save(File, editor, Base);

        Assert.Contains("--method mend", Assert.Throws<EditorFileException>(() => EditorFile.Load(File, _model.Chain.Engine, _model.Architecture, Base)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OtherBaseOrDamaged_SaysSo()
    {
        using JointEditor editor = await CollectAsync(new JointOptions(), Data);
        EditorFile.Save(File, editor, Base);
        BaseModelFingerprint other = new("tiny", new Dictionary<string, string> { ["family"] = "llama" });

        Assert.Contains("family", Assert.Throws<EditorFileException>(() => EditorFile.Open(File, _model.Chain.Engine, _model.Architecture, other)).Message, StringComparison.Ordinal);
        byte[] whole = await System.IO.File.ReadAllBytesAsync(File);
        await System.IO.File.WriteAllBytesAsync(File, whole[..(whole.Length / 2)]);
        Assert.Throws<EditorFileException>(() => EditorFile.Open(File, _model.Chain.Engine, _model.Architecture, Base));
    }

    [Fact]
    public void Constructor_MetricOfAnotherSize_NamesTheLayer() =>
        Assert.Contains(Layer, Assert.Throws<ArgumentException>(() => new JointEditor(_model.Architecture, [new(Layer, new InputMetric([1], 1))], new JointOptions())).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("t5")]
    [InlineData("bert_classifier")]
    public void Constructor_ModelThatIsNoDecoder_NamesTheOtherMethod(string model)
    {
        ModelArchitecture architecture = ModelFamilies.Describe(ConfigReader.Open(Fixtures.Path("models", model)));

        Assert.Contains("--method mend", Assert.Throws<ModelException>(() => new JointEditor(architecture, [], new JointOptions())).Message, StringComparison.Ordinal);
    }

    private static MetricData Data { get; } = new([new("7 8 9 10", "1", "9")], [], "50 51 52 53 54");

    private Task<JointEditor> CollectAsync(JointOptions options, MetricData data) =>
        new MetricCollector(_model.Chain, TrainingSetup.Encoder(_model), StubTokenizer.Numbers).RunAsync([Layer], options, data, null, default);

    /// <summary>Adds weight · x xᵀ for rows of the layer's input, one sequence alone.</summary>
    private async Task AddAsync(double[] moment, int[] ids, int[] rows, double weight)
    {
        float[] seen = [];
        InputHook hook = new(rows, values => seen = values);
        await _model.Chain.RunAsync(
            new Pass { Batch = new ModelBatch(1, ids), Outputs = PassOutputs.Logits }, new PassHooks { Layers = new Dictionary<string, ILayerHook> { [Layer] = hook } }, default);
        for (int row = 0; row < rows.Length; row++)
        {
            for (int i = 0; i < moment.Length; i++)
            {
                moment[i] += weight * seen[(row * Inputs) + (i / Inputs)] * seen[(row * Inputs) + (i % Inputs)];
            }
        }
    }
}
