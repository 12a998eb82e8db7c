using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests;

/// <summary>What a plan says is what loading and running a checkpoint takes, for shapes that a seed chooses.</summary>
public sealed class DryRunTests
{
    public static TheoryData<string, int, int> Cases { get; } = Every();

    /// <summary>The plan knows the configuration only; the other side has engines that compute, with random weights.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task RunAsync_ShapesAlone_AgreeWithLoadingAndRunning(string family, int shards, int seed)
    {
        DType type = (seed % 3) switch { 0 => DType.F32, 1 => DType.BF16, _ => DType.F16 };
        using TemporaryCheckpoint checkpoint = TemporaryCheckpoint.Random(RandomShapes.Config(family, seed), type, seed);
        using ModelFolder model = ModelFolder.Open(checkpoint.Path);
        DryRunWork work = Work(model.Architecture, seed);
        ShardPlan plan = ShardPlan.Balanced(model.Architecture, shards);

        IReadOnlyList<Footprint> planned = await PlanAsync(model.Architecture, plan, work, type, shards);
        IReadOnlyList<Footprint> measured = await MeasureAsync(model, plan, work, shards);

        Assert.Equal(measured, planned);
    }
    /// <summary>The same again without the dry run on the measuring side: the public way to load, run and generate.</summary>
    [Theory]
    [InlineData("gpt2", 21)]
    [InlineData("qwen2", 22)]
    [InlineData("t5_v1_1", 23)]
    [InlineData("bart", 24)]
    [InlineData("bert", 25)]
    [InlineData("gemma2", 26)]
    [InlineData("stablelm", 27)]
    [InlineData("falcon", 28)]
    public async Task RunAsync_OneProcess_AgreesWithAChainThatIsRun(string family, int seed)
    {
        using TemporaryCheckpoint checkpoint = TemporaryCheckpoint.Random(RandomShapes.Config(family, seed), DType.BF16, seed);
        using ModelFolder model = ModelFolder.Open(checkpoint.Path);
        DryRunWork work = Work(model.Architecture, seed);
        ShardPlan plan = ShardPlan.Balanced(model.Architecture, 3);
        Footprint planned = (await PlanAsync(model.Architecture, plan, work, DType.BF16, 1))[0];

        using CpuEngine engine = new(new CpuEngineOptions { Threads = 1 });
        using ShardChain chain = ShardChain.Load(model.Architecture, plan, model.Checkpoint, engine);
        long vectors = engine.Memory.LiveBytes;
        using MendEditor editor = new(engine, model.Architecture, work.Layers, work.Editor);
        long loaded = engine.Memory.LiveBytes;
        engine.Memory.RestartPeak();
        EncodedExample[] edits = [.. Enumerable.Repeat(work.Example(model.Architecture), work.Batch)];
        await GradientPass.RunAsync(chain, work.Layers, edits, 0, 0, [], work.Editor.LengthExponent, default, work.Editor.AnswerRowsOnly);

        Assert.Equal(planned.ParameterBytes, model.Checkpoint.TotalBytes);
        Assert.Equal(planned.VectorBytes, vectors);
        Assert.Equal(planned.EditorBytes, (editor.Parameters.Length + (work.Editor.Whitening > 0 ? work.Layers.Sum(l => Square(model.Architecture.Linear(l).In)) : 0)) * sizeof(float));
        Assert.Equal(planned.GradientBytes, engine.Memory.PeakBytes - loaded);
        Assert.Equal(loaded, engine.Memory.LiveBytes);
    }

    [Theory]
    [InlineData("gpt2", 1)]
    [InlineData("llama", 2)]
    [InlineData("t5", 3)]
    public async Task RunAsync_Cache_IsPagesOfKeysAndValuesOfEveryToken(string family, int seed)
    {
        ModelArchitecture architecture = ModelFamilies.Describe(ConfigReader.Parse("config.json", RandomShapes.Config(family, seed)));
        DryRunWork work = Work(architecture, seed) with { Batch = 3 };
        int Out(string name) => architecture.Linear(name).Out;
        long Pages(int tokens) => (tokens + KeyValues.PageTokens - 1) / KeyValues.PageTokens * KeyValues.PageTokens;
        long perText = sizeof(float) * (family switch
        {
            // [queries | keys | values] are one matrix.
            "gpt2" => Blocks(architecture) * Pages(work.Tokens) * 2L * (Out("transformer.h.0.attn.c_attn.weight") / 3),
            "llama" => Blocks(architecture) * Pages(work.Tokens) * 2L * Out("model.layers.0.self_attn.k_proj.weight"),

            // A decoder block keeps its own tokens and the source's.
            _ => architecture.Stages.Count(s => s.Name.StartsWith("decoder block", StringComparison.Ordinal))
                * (work.Tokens + Pages(work.AnswerTokens)) * 2L * Out("decoder.block.0.layer.0.SelfAttention.k.weight"),
        });

        IReadOnlyList<Footprint> planned = await PlanAsync(architecture, ShardPlan.Balanced(architecture, 2), work, DType.F32, 2);

        Assert.Equal(3 * perText, planned.Sum(p => p.CacheBytes));
    }

    [Fact]
    public async Task RunAsync_CutAmongDecoderBlocks_SendsTheEncodersOutputToo()
    {
        ModelArchitecture architecture = ModelFamilies.Describe(ConfigReader.Parse("config.json", RandomShapes.Config("bart", 7)));
        int blocks = architecture.Stages.Count(s => s.Name.StartsWith("decoder block", StringComparison.Ordinal));
        int last = architecture.Stages.Index().Last(s => s.Item.Kind == StageKind.Block).Index;
        DryRunWork work = new() { Layers = [Layer(0)], Tokens = 19, AnswerTokens = 5, Batch = 2 };
        ShardPlan plan = ShardPlan.Explicit(architecture, [new StageRange(0, last), new StageRange(last, architecture.Stages.Count)]);

        IReadOnlyList<Footprint> planned = await PlanAsync(architecture, plan, work, DType.F32, 2);

        long both = 2L * (19 + 5) * architecture.Width * sizeof(float);
        Assert.True(blocks > 1);
        Assert.Equal((both, 0), (planned[0].SentForwardBytes, planned[1].SentForwardBytes));

        // The edited block lies in the decoder, so nothing asks for the gradient of the encoder's output further down; here it crosses with the rest.
        Assert.Equal((0, both), (planned[0].SentBackwardBytes, planned[1].SentBackwardBytes));
        string Layer(int i) => architecture.Stages.SelectMany(s => s.Parameters).First(p => p.IsLinear && p.Name.Contains($"decoder.layers.{i}.fc2", StringComparison.Ordinal)).Name;
    }

    private static TheoryData<string, int, int> Every()
    {
        TheoryData<string, int, int> cases = [];
        foreach ((int i, string family) in RandomShapes.Families.Index())
        {
            for (int shards = 1; shards <= 3; shards++)
            {
                cases.Add(family, shards, 100 + (7 * i) + shards);
            }
        }

        return cases;
    }

    /// <summary>Every third plan has the authors' editor and layers.</summary>
    private static DryRunWork Work(ModelArchitecture architecture, int seed)
    {
        Random random = new(seed);
        int tokens = random.Next(3, 40);
        EditorOptions editor = random.Next(3) == 0 ? EditorOptions.Paper : new EditorOptions { Rank = random.Next(2, 20) };
        return new DryRunWork
        {
            Layers = editor.Whitening > 0 ? RecommendedLayers.Of(architecture) : architecture.DefaultEditedLayers,
            Editor = editor,
            Tokens = tokens,
            AnswerTokens = random.Next(1, tokens),
            Batch = random.Next(1, 4),
        };
    }

    private static async Task<IReadOnlyList<Footprint>> PlanAsync(ModelArchitecture architecture, ShardPlan plan, DryRunWork work, DType type, int engines)
    {
        using Checkpoint described = Checkpoint.Described(
            "config.json", architecture.Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name).Select(p => (p.Name, type, p.Stored)));
        return await DryRun.RunAsync(architecture, plan, described, work, [.. Enumerable.Range(0, engines).Select(_ => new ShapeEngine())]);
    }

    private static async Task<IReadOnlyList<Footprint>> MeasureAsync(ModelFolder model, ShardPlan plan, DryRunWork work, int shards)
    {
        List<CpuEngine> engines = [.. Enumerable.Range(0, shards).Select(_ => new CpuEngine(new CpuEngineOptions { Threads = 1 }))];
        try
        {
            return await DryRun.RunAsync(model.Architecture, plan, model.Checkpoint, work, engines);
        }
        finally
        {
            engines.ForEach(e => e.Dispose());
        }
    }

    private static int Blocks(ModelArchitecture architecture) => architecture.Stages.Count(s => s.Kind == StageKind.Block);

    private static long Square(int n) => n <= EditorOptions.MaxWhitenedInputs ? (long)n * n : 0;
}
