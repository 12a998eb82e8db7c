using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Sharding;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Cli;

/// <summary>
/// Works out what shards hold and need by a <see cref="DryRun"/> on engines of shapes; and, to check that, by the same run on real
/// engines with the weights.
/// </summary>
internal sealed class Planner(ModelArchitecture architecture, Checkpoint? checkpoint, DType stated, string source)
{
    public required int Shards { get; init; }

    public required DryRunWork Work { get; init; }

    /// <summary>The type in which the engine holds weights of a stored type.</summary>
    public Func<DType, DType> Held { get; init; } = stored => stored;

    public long? DeviceMemory { get; init; }

    public bool ListAllLayers { get; init; }

    /// <summary>Whether to run the work on real engines too.</summary>
    public bool Measure { get; init; }

    public async Task<PlanReport> PlanAsync(CancellationToken cancellationToken)
    {
        ShardPlan plan = ShardPlan.Balanced(architecture, Shards, Bytes);
        using Checkpoint described = Checkpoint.Described(
            source, checkpoint?.Tensors.Values.Select(t => (t.Name, Held(t.Type), t.Shape)) ?? All().Select(p => (p.Name, stated, p.Stored)));
        Figures planned = await RunAsync(plan, described, () => new ShapeEngine(), cancellationToken);
        Figures? measured = Measure && checkpoint is not null
            ? await RunAsync(plan, checkpoint, () => new CpuEngine(), cancellationToken)
            : null;
        return new PlanReport
        {
            Family = architecture.Family,
            Blocks = architecture.Stages.Count(s => s.Kind == StageKind.Block),
            Parameters = All().Sum(p => p.Stored.Length),
            WeightBytes = All().Sum(Bytes),
            ParametersPerToken = PerToken(p => p.Stored.Length),
            WeightBytesPerToken = PerToken(Bytes),
            FromWeights = checkpoint is not null,
            Tokens = Work.Tokens,
            AnswerTokens = architecture.Task == ModelTask.Classification ? null : Work.AnswerTokens,
            DecoderReadsAnswers = architecture.Task == ModelTask.SequenceToSequence,
            Batch = Work.Batch,
            EditedLayers = [.. Work.Layers.Select(l => new LayerRow(l, architecture.Linear(l).In, architecture.Linear(l).Out))],
            EditorRank = Work.Editor.Rank,
            EditorLearnedParameters = LearnedParameters(),
            EditorParameters = planned.InOneProcess.EditorBytes / sizeof(float),
            EditorBytes = planned.InOneProcess.EditorBytes,
            EditBytesPerToken = Work.Layers.Sum(l => (long)(architecture.Linear(l).In + architecture.Linear(l).Out) * sizeof(float)),
            DeviceMemory = DeviceMemory,
            Shards = [.. plan.Shards.Select((range, i) => Shard(i, range, planned.Shards[i]))],
            InOneProcess = new MemoryRow(planned.InOneProcess),
            Measured = measured is null ? null : new MeasuredPlan(
                [.. measured.Shards.Select(f => new MemoryRow(f))], new MemoryRow(measured.InOneProcess), LargestDifference(planned, measured)),
            AllLayers = ListAllLayers ? [.. architecture.Stages.Where(s => s.Kind == StageKind.Block).SelectMany(s => s.Parameters).Where(p => p.IsLinear).Select(p => p.Name)] : null,
        };
    }

    /// <summary>A sum over what a token reads on average; null where it reads everything.</summary>
    private long? PerToken(Func<ParameterSpec, long> size) =>
        All().Any(p => p.Share < 1) ? (long)Math.Round(All().Sum(p => p.Share * size(p))) : null;

    private long LearnedParameters()
    {
        using MendEditor editor = new(new ShapeEngine(), architecture, Work.Layers, Work.Editor);
        return editor.Parameters.Length;
    }

    private async Task<Figures> RunAsync(ShardPlan plan, Checkpoint weights, Func<IMeteredEngine> engine, CancellationToken cancellationToken)
    {
        async Task<IReadOnlyList<Footprint>> On(int count)
        {
            List<IMeteredEngine> engines = [.. Enumerable.Range(0, count).Select(_ => engine())];
            try
            {
                return await DryRun.RunAsync(architecture, plan, weights, Work, engines, cancellationToken);
            }
            finally
            {
                engines.ForEach(e => e.Dispose());
            }
        }

        IReadOnlyList<Footprint> apart = await On(plan.Shards.Count);
        return new Figures(apart, plan.Shards.Count == 1 ? apart[0] : (await On(1))[0]);
    }

    private ShardRow Shard(int index, StageRange range, Footprint footprint)
    {
        IReadOnlyList<StageSpec> stages = [.. architecture.Stages.Skip(range.Start).Take(range.End - range.Start)];
        List<ParameterSpec> parameters = [.. stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name)];
        ShardRow row = new(footprint)
        {
            Index = index,
            FirstStage = stages[0].Name,
            LastStage = stages[^1].Name,
            Blocks = stages.Count(s => s.Kind == StageKind.Block),
            Parameters = parameters.Sum(p => p.Stored.Length),
            WeightBytesByType = parameters.GroupBy(Type).ToDictionary(g => g.Key.ToString().ToLowerInvariant(), g => g.Sum(Bytes)),
            EditedLayers = Work.Layers.Count(l => range.Contains(architecture.StageOf(l))),
        };
        return DeviceMemory is { } limit ? row with { Fits = row.NeededBytes <= limit } : row;
    }

    private static double LargestDifference(Figures planned, Figures measured)
    {
        static IEnumerable<(long Planned, long Measured)> Pairs(Footprint p, Footprint m) => new MemoryRow(p).All.Zip(new MemoryRow(m).All);
        return planned.Shards.Append(planned.InOneProcess).Zip(measured.Shards.Append(measured.InOneProcess), Pairs).SelectMany(pairs => pairs)
            .Max(pair => Math.Abs(pair.Planned - pair.Measured) / (double)Math.Max(1, pair.Measured));
    }

    private IEnumerable<ParameterSpec> All() => architecture.Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name);

    private DType Type(ParameterSpec parameter) =>
        checkpoint is null ? stated : Held(StoredParameters.Get(checkpoint, parameter.Name).Type.Loaded());

    private long Bytes(ParameterSpec parameter) => Type(parameter).BytesOf(parameter.Stored.Length);

    private sealed record Figures(IReadOnlyList<Footprint> Shards, Footprint InOneProcess);
}
