using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests.Export;

/// <summary>An exported folder is a checkpoint of its own that answers as the edited model does.</summary>
public sealed class EditedCheckpointTests : IDisposable
{
    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });
    private readonly string _root = Directory.CreateTempSubdirectory("mend-export-").FullName;

    public void Dispose()
    {
        Assert.Equal(0, _engine.LiveTensors);
        _engine.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt2_sharded")]
    public async Task Write_Float32_AnswersAsTheOverlayDoes(string name)
    {
        string source = ModelFixtures.Folder(name);
        IReadOnlyList<EditFactors> factors = Factors(source, 1);

        IReadOnlyList<ExportedTensor> report = Write(source, factors, Target);

        Same(await LogitsAsync(source, factors), await LogitsAsync(Target, []), 1e-5);
        Assert.Equal(factors.Select(f => f.Layer).Distinct(), report.Select(t => t.Name));
        Assert.All(report, t => Assert.Equal((DType.F32, 0.0, false, true), (t.Type, t.RoundingLoss, t.LosesEdit, t.Change > 0)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_BFloat16_WarnsOfTheEditsItRoundsAwayUnlessAskedForFloat32(bool asFloat32)
    {
        string source = ModelFixtures.Folder("gpt2_bf16");
        IReadOnlyList<EditFactors> factors = Factors(source, 1, step: 1e-3f);

        IReadOnlyList<ExportedTensor> report = Write(source, factors, Target, asFloat32);

        Assert.All(report, t => Assert.Equal((asFloat32 ? DType.F32 : DType.BF16, !asFloat32), (t.Type, t.LosesEdit)));
        if (asFloat32)
        {
            Same(await LogitsAsync(source, factors), await LogitsAsync(Target, []), 1e-5);
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt2_sharded")]
    public void Write_WhatIsNotEdited_IsCopiedByteForByte(string name)
    {
        string source = ModelFixtures.Folder(name);

        Write(source, Factors(source, 1), Target);

        foreach (string file in Directory.EnumerateFiles(source).Where(f => Path.GetFileName(f) != Checkpoint.IndexFile))
        {
            string copy = Path.Combine(Target, Path.GetFileName(file) == Checkpoint.SingleFile ? EditedCheckpoint.BaseFile : Path.GetFileName(file));
            Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(copy)), $"{copy} is not as it was.");
        }
    }

    [Fact]
    public void Write_Reopened_HoldsOnlyTheEditedTensorsAnew()
    {
        string source = ModelFixtures.Folder("gpt2");
        Write(source, Factors(source, 1), Target);

        using Checkpoint before = Checkpoint.Open(source);
        using Checkpoint after = Checkpoint.Open(Target);
        HashSet<string> edited = [.. Factors(source, 1).Select(f => f.Layer)];

        Assert.Equal(before.Tensors.Keys.Order(), after.Tensors.Keys.Order());
        Assert.All(before.Tensors, t => Assert.Equal(!edited.Contains(t.Key), t.Value.ToFloats().AsSpan().SequenceEqual(after.Get(t.Key).ToFloats())));
        Assert.Equal(before.TotalBytes, after.TotalBytes);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt2_sharded")]
    public async Task Write_AnExportAgain_AddsTheNewEditsToTheOld(string name)
    {
        string source = ModelFixtures.Folder(name);
        IReadOnlyList<EditFactors> first = Factors(source, 1);

        // The second edit leaves a layer alone that the first one changed, and changes another one twice.
        IReadOnlyList<EditFactors> second = [.. Factors(source, 2).Skip(1)];
        Write(source, first, Target);

        Write(Target, second, Target + "-2");

        Same(await LogitsAsync(source, [.. first, .. second]), await LogitsAsync(Target + "-2", []), 1e-5);
    }

    [Fact]
    public async Task Write_NoEdits_IsACopy()
    {
        string source = ModelFixtures.Folder("gpt2");

        Assert.Empty(Write(source, [], Target));

        Assert.Equal(await LogitsAsync(source, []), await LogitsAsync(Target, []));
        Assert.True(File.Exists(Path.Combine(Target, Checkpoint.SingleFile)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_TargetThatExists_IsLeftAlone(bool asFolder)
    {
        string source = ModelFixtures.Folder("gpt2");
        if (asFolder)
        {
            Directory.CreateDirectory(Target);
        }
        else
        {
            File.WriteAllText(Target, "mine");
        }

        IOException error = Assert.Throws<IOException>(() => Write(source, Factors(source, 1), Target));

        Assert.Contains(Target, error.Message, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFileSystemEntries(_root));
        Assert.True(asFolder ? !Directory.EnumerateFileSystemEntries(Target).Any() : File.ReadAllText(Target) == "mine");
    }

    [Fact]
    public void Write_Cancelled_LeavesNothingBehind()
    {
        string source = ModelFixtures.Folder("gpt2");

        Assert.Throws<OperationCanceledException>(() => Write(source, Factors(source, 1), Target, cancellationToken: new CancellationToken(canceled: true)));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_root));
    }

    [Fact]
    public void Write_FactorsOfAnotherModel_LeavesNothingBehind()
    {
        string source = ModelFixtures.Folder("gpt2");

        Assert.Throws<ModelException>(() => Write(source, [new EditFactors("other.weight", 1, 1, 1, [1], [1], 1)], Target));
        Assert.Throws<ShapeException>(() => Write(source, [new EditFactors(Factors(source, 1)[0].Layer, 1, 1, 1, [1], [1], 1)], Target));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_root));
    }

    private string Target => Path.Combine(_root, "edited");

    private static IReadOnlyList<EditFactors> Factors(string folder, int seed, float step = 0.3f) =>
        RandomFactors.Of(ModelFamilies.Describe(ConfigReader.Open(folder)), seed, step: step);

    private IReadOnlyList<ExportedTensor> Write(
        string source, IReadOnlyList<EditFactors> factors, string target, bool asFloat32 = false, CancellationToken cancellationToken = default)
    {
        using ModelFolder folder = ModelFolder.Open(source);
        return EditedCheckpoint.Write(folder, factors, _engine, target, asFloat32, cancellationToken);
    }

    private async Task<float[]> LogitsAsync(string source, IReadOnlyList<EditFactors> preview)
    {
        using ModelFolder folder = ModelFolder.Open(source);
        using ShardChain chain = ShardChain.Load(folder.Architecture, ShardPlan.Balanced(folder.Architecture, 2), folder.Checkpoint, _engine);
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
