using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests.Export;

/// <summary>An exported GGUF model, as a GGUF file or as a folder, is a model of its own that answers as the edited one does.</summary>
public sealed class EditedGgufTests : IDisposable
{
    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Models => [.. GgufCases.Root.GetProperty("files").EnumerateObject().Select(f => f.Name), .. GgufConversion.Families.Select(f => "families/" + f)];

    public void Dispose()
    {
        Assert.Equal(0, _engine.LiveTensors);
        _engine.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Write_Float32_AnswersAsTheOverlayDoes(string name)
    {
        string source = Source(name);
        IReadOnlyList<EditFactors> factors = Factors(source);

        IReadOnlyList<ExportedTensor> report = Write(source, factors, asFloat32: true);

        Same(await LogitsAsync(source, factors), await LogitsAsync(Target, []), 1e-5);
        Assert.Equal(factors.Select(f => f.Layer).Distinct(), report.Select(t => t.Name));
        Assert.All(report, t => Assert.Equal((DType.F32, 0.0, true), (t.Type, t.RoundingLoss, t.Change > 0)));
    }

    [Theory]
    [InlineData("q4_k")]
    [InlineData("q8_0")]
    [InlineData("bf16")]
    [InlineData("gpt2")]
    [InlineData("families/falcon")]
    [InlineData("families/gpt_neox")]
    [InlineData("families/granite")]
    public async Task Write_EveryKindOfMatrix_AnswersAsTheOverlayDoes(string name)
    {
        string source = Source(name);
        IReadOnlyList<EditFactors> factors = Factors(source, "*.0.*");
        float[] expected = await LogitsAsync(source, factors);

        Write(source, factors, asFloat32: true);
        Convert(source, factors, asFloat32: true);

        Same(expected, await LogitsAsync(Target, []), 1e-5);
        Same(expected, await LogitsAsync(TargetFolder, []), 1e-5);
    }

    [Theory]
    [InlineData("q4_k", DType.F16)]
    [InlineData("bf16", DType.F16)]
    [InlineData("f16", DType.F16)]
    [InlineData("f32", DType.F32)]
    public async Task Write_EditedMatrices_AreTheOnlyOnesInAnotherType(string name, DType type)
    {
        string source = Source(name);
        IReadOnlyList<EditFactors> factors = Factors(source);

        IReadOnlyList<ExportedTensor> report = Write(source, factors);

        using GgufFile before = GgufFile.Open(source);
        using GgufFile after = GgufFile.Open(Target);
        int changed = 0;
        foreach (StoredTensor tensor in before.Tensors.Values)
        {
            StoredTensor other = after.Tensors[tensor.Name];
            if (tensor.Type == other.Type && tensor.Bytes(0, (int)tensor.ByteLength).SequenceEqual(other.Bytes(0, (int)other.ByteLength)))
            {
                continue;
            }

            Assert.Equal(type, other.Type);
            changed++;
        }

        Assert.Equal(report.Count, changed);
        Assert.All(report, t => Assert.Equal(type, t.Type));
        Assert.All(report, t => Assert.InRange(t.RoundingLoss, type == DType.F32 ? 0 : 1e-6, 0.02));
        Same(await LogitsAsync(source, factors), await LogitsAsync(Target, []), 5e-3);
    }

    [Fact]
    public void Write_EditedExpert_ChangesItsStackAndNothingElse()
    {
        string source = Source("families/mixtral");
        EditFactors edited = Factors(source, "*.1.*.experts.2.w2.weight")[0];

        ExportedTensor report = Assert.Single(Write(source, [edited]));

        // The checkpoint is float32, and so is what is written.
        Assert.Equal((edited.Layer, DType.F32), (report.Name, report.Type));
        using GgufFile before = GgufFile.Open(source);
        using GgufFile after = GgufFile.Open(Target);
        string stack = Assert.Single(before.Tensors.Values, t => !t.ToFloats().AsSpan().SequenceEqual(after.Tensors[t.Name].ToFloats())).Name;
        Assert.Equal("blk.1.ffn_down_exps.weight", stack);
        (float[] old, float[] now) = (before.Tensors[stack].ToFloats(), after.Tensors[stack].ToFloats());
        int size = old.Length / 4;
        Assert.Equal([true, true, false, true], Enumerable.Range(0, 4).Select(e => old.AsSpan(e * size, size).SequenceEqual(now.AsSpan(e * size, size))));
    }

    [Fact]
    public async Task Write_EditedExpertOfAStackInAnotherType_TheOthersKeepTheirValues()
    {
        const string Stack = "blk.1.ffn_down_exps.weight";
        string source = _folder["halves.gguf"];
        using (GgufFile whole = GgufFile.Open(Source("families/mixtral")))
        {
            StoredTensor stack = whole.Tensors[Stack];
            GgufCopy.Write(source, [whole], new Dictionary<string, TensorData> { [Stack] = TensorData.FromFloats(Stack, stack.Shape, stack.ToFloats(), DType.BF16) });
        }

        IReadOnlyList<EditFactors> factors = Factors(source, "*.1.*.experts.1.w2.weight", "*.1.*.experts.3.w2.weight");

        Assert.All(Write(source, factors), t => Assert.Equal(DType.F16, t.Type));

        Same(await LogitsAsync(source, factors), await LogitsAsync(Target, []), 1e-3);
        using GgufFile before = GgufFile.Open(source);
        using GgufFile after = GgufFile.Open(Target);
        (float[] old, float[] now) = (before.Tensors[Stack].ToFloats(), after.Tensors[Stack].ToFloats());
        int size = old.Length / 4;
        Assert.Equal(DType.F16, after.Tensors[Stack].Type);
        foreach (int expert in new[] { 0, 2 })
        {
            // Normal numbers of bfloat16 between 6e-5 and 65504 are numbers of float16.
            Assert.All(Enumerable.Range(expert * size, size), i => Assert.Equal(old[i], now[i], 6e-8f));
        }
    }

    [Fact]
    public async Task Write_ValuesTooLargeForFloat16_AreWrittenInFloat32()
    {
        string source = Source("q8_0");
        EditFactors edit = Factors(source)[0];
        EditFactors large = new(edit.Layer, edit.Rank, edit.Inputs, edit.Outputs, edit.U, [.. edit.Delta.Select(d => d * 1e7f)], edit.Step);

        ExportedTensor report = Assert.Single(Write(source, [large]));
        Convert(source, [large]);

        Assert.Equal((DType.F32, 0.0), (report.Type, report.RoundingLoss));
        float[] expected = await LogitsAsync(source, [large]);
        Same(expected, await LogitsAsync(Target, []), 1e-5);
        Same(expected, await LogitsAsync(TargetFolder, []), 1e-5);
    }

    [Fact]
    public void Write_MatrixThatTheFileHasInTwo_SaysSo()
    {
        string source = GgufConversion.Write(ModelFixtures.Folder("families/deepseek_v2"), _folder["split.gguf"], splitKeys: true);

        ModelException error = Assert.Throws<ModelException>(() => Write(source, Factors(source, "*.1.self_attn.kv_b_proj.weight")));

        Assert.Contains("--format safetensors", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Convert_Float32_AnswersAsTheOverlayDoes(string name)
    {
        string source = Source(name);
        IReadOnlyList<EditFactors> factors = Factors(source);

        Convert(source, factors, asFloat32: true);

        Same(await LogitsAsync(source, factors), await LogitsAsync(TargetFolder, []), 1e-5);
        using ModelFolder before = ModelFolder.Open(source);
        using ModelFolder after = ModelFolder.Open(TargetFolder);
        Assert.Equal(before.Architecture.Family, after.Architecture.Family);
        Assert.Equal(before.Tokenizer.VocabularySize, after.Tokenizer.VocabularySize);
        Assert.All(after.Architecture.Stages.SelectMany(s => s.Parameters), p => Assert.Equal(p.Stored, StoredParameters.Get(after.Checkpoint, p.Name).Shape));
    }

    [Fact]
    public async Task Convert_NoEdits_IsTheModelInFloat16()
    {
        string source = Source("q4_1");

        Assert.Empty(Convert(source, []));

        using Checkpoint written = Checkpoint.Open(TargetFolder);
        Assert.All(written.Tensors.Values, t => Assert.Equal(t.Shape.Rank == 1 ? DType.F32 : DType.F16, t.Type));
        Assert.Contains("\"float16\"", File.ReadAllText(Path.Combine(TargetFolder, "config.json")), StringComparison.Ordinal);
        Assert.Contains("LlamaForCausalLM", File.ReadAllText(Path.Combine(TargetFolder, "config.json")), StringComparison.Ordinal);
        Same(await LogitsAsync(source, []), await LogitsAsync(TargetFolder, []), 5e-3);
    }

    [Fact]
    public void Write_Cancelled_LeavesNothingBehind()
    {
        string source = Source("q4_1");
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        using ModelFolder folder = ModelFolder.Open(source);

        Assert.Throws<OperationCanceledException>(() => EditedGguf.Write(folder, Factors(source), _engine, Target, asFloat32: false, cancelled.Token));
        Assert.Throws<OperationCanceledException>(() => EditedGguf.Write(folder, [], _engine, Target, asFloat32: false, cancelled.Token));
        Assert.Throws<OperationCanceledException>(() => ConvertedCheckpoint.Write(folder, [], _engine, TargetFolder, asFloat32: false, cancelled.Token));

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public void Write_TargetThatExistsOrHasAnotherEnding_IsRefused()
    {
        string source = Source("q4_1");
        File.WriteAllText(Target, "mine");
        using ModelFolder folder = ModelFolder.Open(source);

        Assert.Contains(Target, Assert.Throws<IOException>(() => EditedGguf.Write(folder, [], _engine, Target, asFloat32: false, default)).Message, StringComparison.Ordinal);
        Assert.Contains(".gguf", Assert.Throws<ModelException>(() => EditedGguf.Write(folder, [], _engine, _folder["out"], asFloat32: false, default)).Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => ConvertedCheckpoint.Write(folder, [], _engine, Target, asFloat32: false, default));
        Assert.Equal("mine", File.ReadAllText(Target));
    }

    private string Target => _folder["edited.gguf"];

    private string TargetFolder => _folder["edited"];

    private string Source(string name) => name.StartsWith("families/", StringComparison.Ordinal)
        ? GgufConversion.Write(ModelFixtures.Folder(name), Path.Combine(Directory.CreateDirectory(_folder["source"] + "-of").FullName, "source.gguf"))
        : GgufCases.Path(name);

    private static IReadOnlyList<EditFactors> Factors(string source, params string[] layers)
    {
        using ModelFolder folder = ModelFolder.Open(source);
        ModelArchitecture architecture = folder.Architecture;
        return RandomFactors.Of(layers.Length == 0 ? architecture : architecture with { DefaultEditedLayers = architecture.ResolveEditedLayers(layers) }, seed: 1);
    }

    private IReadOnlyList<ExportedTensor> Write(string source, IReadOnlyList<EditFactors> factors, bool asFloat32 = false)
    {
        using ModelFolder folder = ModelFolder.Open(source);
        return EditedGguf.Write(folder, factors, _engine, Target, asFloat32, default);
    }

    private IReadOnlyList<ExportedTensor> Convert(string source, IReadOnlyList<EditFactors> factors, bool asFloat32 = false)
    {
        using ModelFolder folder = ModelFolder.Open(source);
        return ConvertedCheckpoint.Write(folder, factors, _engine, TargetFolder, asFloat32, default);
    }

    private async Task<float[]> LogitsAsync(string source, IReadOnlyList<EditFactors> preview)
    {
        using ModelFolder folder = ModelFolder.Open(source);
        using ShardChain chain = ShardChain.Load(folder.Architecture, ShardPlan.Balanced(folder.Architecture, 1), folder.Checkpoint, _engine);
        Pass pass = new() { Batch = new ModelBatch(1, [5, 17, 42, 8, 61, 3]), Outputs = PassOutputs.Logits, Preview = preview };
        return (await chain.RunAsync(pass, PassHooks.None, default)).Logits!.Data;
    }

    private static void Same(float[] expected, float[] actual, double tolerance)
    {
        double scale = expected.Max(Math.Abs);
        (double worst, int at) = expected.Select((e, i) => ((double)Math.Abs(e - actual[i]), i)).Max();
        Assert.True(worst <= tolerance * scale, $"{expected[at]} is wanted at {at} and {actual[at]} is there; the largest is {scale}.");
    }
}
