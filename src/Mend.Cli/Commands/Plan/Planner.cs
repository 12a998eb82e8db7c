using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cli;

/// <summary>
/// Works out what shards hold and need. Weights are exact; activations and caches are upper estimates for one pass: what a
/// tape keeps of the blocks that are differentiated, and one block's work elsewhere.
/// </summary>
internal sealed class Planner(ModelArchitecture architecture, Checkpoint? checkpoint, DType stated)
{
    /// <summary>Copies of the hidden states that a taped block keeps beside its linear layers' inputs and outputs: norms and residual sums.</summary>
    private const int HiddenCopies = 6;

    public required int Shards { get; init; }

    public required IReadOnlyList<string> Layers { get; init; }

    public required int Rank { get; init; }

    public required int Tokens { get; init; }

    public required int Batch { get; init; }

    public long? DeviceMemory { get; init; }

    public bool ListAllLayers { get; init; }

    private long Rows => (long)Batch * Tokens;

    private int FirstEdited => Layers.Min(architecture.StageOf);

    public PlanReport Plan()
    {
        ShardPlan plan = ShardPlan.Balanced(architecture, Shards, Bytes);
        List<ShardRow> shards = [.. plan.Shards.Select((range, i) => Shard(i, range))];
        return new PlanReport
        {
            Family = architecture.Family,
            Blocks = architecture.Stages.Count(s => s.Kind == StageKind.Block),
            Parameters = All().Sum(p => p.Stored.Length),
            WeightBytes = All().Sum(Bytes),
            FromWeights = checkpoint is not null,
            Tokens = Tokens,
            Batch = Batch,
            EditedLayers = [.. Layers.Select(l => new LayerRow(l, architecture.Linear(l).In, architecture.Linear(l).Out))],
            EditorRank = Rank,
            EditorParameters = EditorParameters(Layers),
            EditorBytes = EditorParameters(Layers) * sizeof(float),
            EditBytesPerToken = Layers.Sum(l => (long)(architecture.Linear(l).In + architecture.Linear(l).Out) * sizeof(float)),
            DeviceMemory = DeviceMemory,
            Shards = shards,
            AllLayers = ListAllLayers ? [.. Linear(architecture.Stages).Select(p => p.Name)] : null,
        };
    }

    private ShardRow Shard(int index, StageRange range)
    {
        IReadOnlyList<StageSpec> stages = [.. architecture.Stages.Skip(range.Start).Take(range.End - range.Start)];
        List<ParameterSpec> parameters = [.. stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name)];
        List<string> edited = [.. Layers.Where(l => range.Contains(architecture.StageOf(l)))];
        bool isLast = range.End == architecture.Stages.Count;
        long hidden = Rows * architecture.Width * sizeof(float);
        ShardRow row = new()
        {
            Index = index,
            FirstStage = stages[0].Name,
            LastStage = stages[^1].Name,
            Blocks = stages.Count(s => s.Kind == StageKind.Block),
            Parameters = parameters.Sum(p => p.Stored.Length),
            WeightBytes = parameters.Sum(Bytes),
            WeightBytesByType = parameters.GroupBy(Type).ToDictionary(g => g.Key.ToString().ToLowerInvariant(), g => g.Sum(Bytes)),
            EditedLayers = edited.Count,
            EditorBytes = edited.Count == 0 ? 0 : EditorParameters(edited) * sizeof(float),
            FoldedBytes = edited.Sum(l => architecture.Linear(l).Stored.Length * sizeof(float)),
            ActivationBytes = Activations(range),
            CacheBytes = stages.Where(s => s.Kind == StageKind.Block).Sum(Cache),
            SendsForwardBytes = isLast ? 0 : hidden,
            SendsBackwardBytes = index > 0 && range.Start > FirstEdited ? hidden : 0,
        };
        return DeviceMemory is { } limit ? row with { Fits = row.NeededBytes <= limit } : row;
    }

    private long Activations(StageRange range)
    {
        long kept = 0, working = 0;
        for (int i = range.Start; i < range.End; i++)
        {
            long stage = architecture.Stages[i].Kind switch
            {
                StageKind.Block => Block(architecture.Stages[i]),
                StageKind.Head => 2 * Rows * architecture.Vocabulary * sizeof(float),
                _ => Rows * architecture.Width * sizeof(float),
            };
            kept += i >= FirstEdited ? stage : 0;
            working = Math.Max(working, stage);
        }

        return kept + working;
    }

    private long Block(StageSpec block) => sizeof(float) * (
        Linear([block]).Sum(p => Rows * (p.In + p.Out)) + (HiddenCopies * Rows * architecture.Width) + (2L * Batch * architecture.Heads * Tokens * Tokens));

    /// <summary>Keys and values in float32; models with fewer key heads have a narrower key projection.</summary>
    private long Cache(StageSpec block)
    {
        int width = Linear([block]).FirstOrDefault(p => p.Name.EndsWith("k_proj.weight", StringComparison.Ordinal))?.Out ?? architecture.Width;
        return 2 * Rows * width * sizeof(float);
    }

    /// <summary>Per shape: two low-rank layers with bias, and FiLM per edited layer; and a learned step and a whitening matrix per edited layer.</summary>
    private long EditorParameters(IReadOnlyList<string> layers)
    {
        const int NetworkLayers = 2;
        long total = layers.Count + layers.Select(l => (long)architecture.Linear(l).In).Where(n => n <= EditorOptions.MaxWhitenedInputs).Sum(n => n * n);
        foreach (IGrouping<(int In, int Out), string> shape in layers.GroupBy(l => (architecture.Linear(l).In, architecture.Linear(l).Out)))
        {
            // A network is shared by all layers of its shape, so a shard that owns one of them holds all their FiLM rows.
            int modes = Layers.Count(l => (architecture.Linear(l).In, architecture.Linear(l).Out) == shape.Key);
            long size = shape.Key.In + shape.Key.Out;
            total += NetworkLayers * ((2 * size * Math.Min(Rank, size)) + size + (2 * modes * size));
        }

        return total;
    }

    private IEnumerable<ParameterSpec> All() => architecture.Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name);

    private static IEnumerable<ParameterSpec> Linear(IEnumerable<StageSpec> stages) =>
        stages.Where(s => s.Kind == StageKind.Block).SelectMany(s => s.Parameters).Where(p => p.IsLinear);

    private DType Type(ParameterSpec parameter) =>
        checkpoint?.Get(CheckpointSource.Spelling(checkpoint, parameter.Name)).Type ?? stated;

    private long Bytes(ParameterSpec parameter) => parameter.Stored.Length * Type(parameter).Size();
}
