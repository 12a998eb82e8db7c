using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding.Tests.Experts;

/// <summary>Experts that lie all in one stack of matrices, as some checkpoints have them, are those that lie one by one.</summary>
public sealed class StackedExpertsTests
{
    public static TheoryData<string> Mixtures { get; } = new("mixtral", "qwen3_moe", "deepseek_v2", "deepseek_v3");

    [Theory]
    [MemberData(nameof(Mixtures))]
    public void Fingerprint_Stacked_IsThatOfTheSameExpertsOneByOne(string name)
    {
        using TemporaryCheckpoint copy = Stacked(name);
        using ModelFolder one = ModelFolder.Open(ModelFixtures.Folder($"families/{name}"));
        using ModelFolder stacked = ModelFolder.Open(copy.Path);

        Assert.True(stacked.Checkpoint.Tensors.Count < one.Checkpoint.Tensors.Count);
        Assert.Empty(one.Fingerprint().DifferencesFrom(stacked.Fingerprint()));
    }

    [Theory]
    [MemberData(nameof(Mixtures))]
    public async Task RunAsync_Stacked_GivesTheRecordedValuesToTheSameBits(string name)
    {
        using TemporaryCheckpoint copy = Stacked(name);
        HashSet<string> digests = [];
        foreach (string folder in new[] { ModelFixtures.Folder($"families/{name}"), copy.Path })
        {
            using ModelFolder model = ModelFolder.Open(folder);
            using ShardChain chain = ModelFixtures.Load(model, 2);
            using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(ModelFixtures.Folder($"families/{name}"), "expected.safetensors"));
            ReferenceVerifier verifier = new(chain, expected);
            Assert.All(await verifier.RunAsync(null, default), c => Assert.True(c.Passed, c.ToString()));
            digests.Add(verifier.Digest());
        }

        Assert.Single(digests);
    }

    /// <summary>Matrices of some experts change, gates and what they are multiplied by among them; all others stay as they are, byte for byte.</summary>
    [Theory]
    [InlineData(DType.F32, false)]
    [InlineData(DType.BF16, false)]
    [InlineData(DType.BF16, true)]
    public async Task Write_EditsOfAFewExperts_AnswersAsTheOverlayDoes(DType type, bool asFloat32)
    {
        using TemporaryCheckpoint copy = Stacked("mixtral", type);
        string target = copy.Path + "-edited";
        using ModelFolder model = ModelFolder.Open(copy.Path);
        Random random = new(4);
        string[] layers = [Layer(1, 0, "w2"), Layer(1, 3, "w2"), Layer(1, 2, "w1"), Layer(1, 2, "w3"), Layer(2, 3, "w3"), Layer(0, 0, "w1")];
        List<EditFactors> factors = [.. layers.Select(layer => Factors(model.Architecture, layer, random))];
        try
        {
            IReadOnlyList<ExportedTensor> report = EditedCheckpoint.Write(model, factors, ModelFixtures.Engine, target, asFloat32, default);

            Assert.Equal(layers, report.Select(t => t.Name));
            using ModelFolder edited = ModelFolder.Open(target);
            if (type == DType.F32 || asFloat32)
            {
                float[] expected = await LogitsAsync(model, factors), actual = await LogitsAsync(edited, []);
                float scale = expected.Max(Math.Abs);
                Assert.All(expected, (logit, i) => Assert.InRange(actual[i], logit - (2e-5f * scale), logit + (2e-5f * scale)));
            }

            foreach (ParameterSpec p in model.Architecture.Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name))
            {
                StoredTensor before = StoredParameters.Get(model.Checkpoint, p.Name), after = StoredParameters.Get(edited.Checkpoint, p.Name);
                Assert.Equal(!layers.Contains(p.Name), before.ToFloats().AsSpan().SequenceEqual(after.ToFloats()));
            }
        }
        finally
        {
            Directory.Delete(target, recursive: true);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Load_AStackOfAnotherNumberOfExperts_SaysWhatIsThere(int experts)
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of("families/mixtral", c => c["num_local_experts"] = experts, t => Stack("mixtral", t));
        using ModelFolder model = ModelFolder.Open(copy.Path);

        CheckpointException error = Assert.Throws<CheckpointException>(() => ModelFixtures.Load(model, 1));

        Assert.Contains("4", error.Message, StringComparison.Ordinal);
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Part_RowsOfAMatrix_AreItsBytes()
    {
        string folder = Directory.CreateTempSubdirectory("mend-stack-").FullName;
        try
        {
            float[] values = [.. Enumerable.Range(0, 2 * 4 * 3).Select(i => (float)i)];
            SafetensorsWriter.Write(Path.Combine(folder, Checkpoint.SingleFile), [TensorData.FromFloats("stack", [2, 4, 3], values)]);
            using Checkpoint checkpoint = Checkpoint.Open(folder);
            StoredTensor stack = checkpoint.Get("stack");

            StoredTensor part = stack.Part("part", matrix: 1, firstRow: 2, rows: 2);

            Assert.Equal(values[18..], part.ToFloats());
            Assert.Equal(("part", 1, 2), (part.Name, part.Place!.Matrix, part.Place.FirstRow));
            Assert.Equal(part.ToFloats(), part.Renamed("again").ToFloats());
            Assert.Throws<ArgumentOutOfRangeException>(() => stack.Part("part", 2, 0, 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => stack.Part("part", 0, 3, 2));
            Assert.Throws<ShapeException>(() => part.Part("part", 0, 0, 1));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A copy of a recorded mixture as Hugging Face's library keeps it in memory from version 5 on.</summary>
    internal static TemporaryCheckpoint Stacked(string name, DType type = DType.F32) =>
        TemporaryCheckpoint.Of($"families/{name}", _ => { }, t => Stack(name, t), type);

    private static void Stack(string name, Dictionary<string, (Shape Shape, float[] Values)> tensors)
    {
        (string gate, string up, string down, string module) = name == "mixtral" ? ("w1", "w3", "w2", "block_sparse_moe") : ("gate_proj", "up_proj", "down_proj", "mlp");
        foreach (IGrouping<string, string> layer in tensors.Keys.Where(n => n.Contains(".experts.", StringComparison.Ordinal)).GroupBy(n => n[..n.IndexOf(".experts.", StringComparison.Ordinal)]).ToList())
        {
            int experts = layer.Count() / 3;
            string[] Each(params string[] matrices) => [.. Enumerable.Range(0, experts).SelectMany(e => matrices.Select(m => $"{layer.Key}.experts.{e}.{m}.weight"))];
            string target = layer.Key.Replace(module, "mlp", StringComparison.Ordinal);
            Move(tensors, $"{target}.experts.gate_up_proj", experts, Each(gate, up));
            Move(tensors, $"{target}.experts.down_proj", experts, Each(down));
            if (tensors.Remove($"{layer.Key}.gate.weight", out (Shape Shape, float[] Values) router))
            {
                tensors[$"{target}.gate.weight"] = router;
            }
        }
    }

    private static void Move(Dictionary<string, (Shape Shape, float[] Values)> tensors, string stack, int experts, string[] names)
    {
        Shape one = tensors[names[0]].Shape;
        float[] values = [.. names.SelectMany(n => tensors[n].Values)];
        tensors[stack] = (new Shape(experts, one[0] * names.Length / experts, one[1]), values);
        Array.ForEach(names, n => tensors.Remove(n));
    }

    private static string Layer(int block, int expert, string matrix) => $"model.layers.{block}.block_sparse_moe.experts.{expert}.{matrix}.weight";

    private static EditFactors Factors(ModelArchitecture architecture, string layer, Random random)
    {
        ParameterSpec spec = architecture.Linear(layer);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
        return new EditFactors(layer, 2, spec.In, spec.Out, Values(2 * spec.In), Values(2 * spec.Out), 0.7f);
    }

    private static async Task<float[]> LogitsAsync(ModelFolder model, IReadOnlyList<EditFactors> factors)
    {
        using ShardChain chain = ModelFixtures.Load(model, 1);
        Pass pass = new() { Batch = new ModelBatch(1, [.. Enumerable.Range(5, 30)]), Outputs = PassOutputs.Logits, Preview = factors };
        return (await chain.RunAsync(pass, PassHooks.None, default)).Logits!.Data;
    }
}
