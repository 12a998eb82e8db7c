using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Sharding;
using Mend.Tensors;
using Microsoft.Extensions.DependencyInjection;

namespace Mend.Cluster.Tests.Hooks;

public sealed class TravellingHookTests
{
    private static readonly EditRecord[] Records = [.. EditableFolder.Edits.Select((e, i) => new EditRecord
    {
        Id = e.Prompt,
        Prompt = e.Prompt,
        Target = e.Target,
        Rephrases = [$"so {e.Prompt}", $"now {e.Prompt}"],
        Locality = [new PromptTarget(EditableFolder.Edits[(i + 1) % 3].Prompt, "xyz"), new PromptTarget("a b c", "d")],
    })];

    [Theory]
    [InlineData("gpt2")]
    [InlineData("t5")]
    public async Task Consumers_ThreeSilos_GiveTheBitsOfOneProcess(string name)
    {
        using EditableFolder folder = EditableFolder.Of(name);
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder);
        await using EmbeddedModel embedded = await cluster.EmbeddedAsync();
        IReadOnlyList<string> layers = embedded.Architecture.DefaultEditedLayers;
        ShardPlan plan = cluster.Silos.Silos[0].ServiceProvider.GetRequiredService<SiloModel>().Plan;
        Assert.True(layers.Select(l => plan.ShardOf(embedded.Architecture.StageOf(l))).Distinct().Count() > 1, "The edited layers lie on one shard.");

        foreach (Func<IPassRunner, ExampleEncoder, IReadOnlyList<string>, Task<float[]>> consumer in new[] { SignalsAsync, FactorGradientsAsync, ShiftGradientsAsync, FineTunedAsync, ScoreAsync, TrainedAsync })
        {
            float[] here = await consumer(embedded.Runner, embedded.Encoder, layers);
            float[] there = await consumer(cluster.Model.Runner, embedded.Encoder, layers);

            Assert.Contains(here, v => v != 0);
            Assert.Equal(here, there);
        }
    }

    [Fact]
    public void Orders_OfHooksThatCannotTravel_SaySo()
    {
        IEngine engine = ModelFixtures.Engine;
        PassHooks watching = new() { StageDone = (_, _) => { } };
        PassHooks unknown = new() { Layers = new Dictionary<string, ILayerHook> { ["a.layer"] = new Blind() } };

        Assert.Contains("StageDone", Assert.Throws<NotSupportedException>(() => WireHooks.Of(watching, engine)).Message, StringComparison.Ordinal);
        Assert.Contains("'a.layer'", Assert.Throws<NotSupportedException>(() => WireHooks.Of(unknown, engine)).Message, StringComparison.Ordinal);
        Assert.Null(WireHooks.Of(PassHooks.None, engine));
    }

    [Fact]
    public async Task RunAsync_HookThatCannotTravel_IsRefusedAtOnce()
    {
        using EditableFolder folder = new();
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);
        Pass pass = new() { Batch = new ModelBatch(1, [5, 6]) };

        await Assert.ThrowsAsync<NotSupportedException>(() => cluster.Model.Runner.RunAsync(pass, new PassHooks { StageDone = (_, _) => { } }, default));
    }

    private static async Task<float[]> SignalsAsync(IPassRunner runner, ExampleEncoder encoder, IReadOnlyList<string> layers)
    {
        EncodedExample[] edits = [.. Records.Select(r => encoder.Encode(r.Prompt, r.Target))];
        IReadOnlyList<EditSignals> signals = await GradientPass.RunAsync(runner, layers, edits, encoder.Padding, 0, [], 0.5f, default);
        return
        [
            .. signals.SelectMany(s => s.Layers).SelectMany(l => l.U.Concat(l.Delta)),
            .. signals.SelectMany(s => new[] { s.Entering!.Hidden, s.Entering.Encoder }.OfType<HostTensor>()).SelectMany(t => t.Data),
        ];
    }

    /// <summary>Two groups of factors that are trained, at a strength of their own for every row.</summary>
    private static async Task<float[]> FactorGradientsAsync(IPassRunner runner, ExampleEncoder encoder, IReadOnlyList<string> layers)
    {
        ExampleBatch batch = new([.. Records.Take(2).Select(r => encoder.Encode(r.Prompt, r.Target))], runner.Architecture, encoder.Padding);
        Random random = new(5);
        Tensor Values(params int[] shape) => runner.Engine.FromHost([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f)], new Shape(shape));
        using Tensor strengths = Values(2, 1, 1);
        List<Tensor> owned = [];
        Dictionary<string, ILayerHook> hooks = [];
        foreach (string layer in layers)
        {
            ParameterSpec matrix = runner.Architecture.Linear(layer);
            owned.AddRange([Values(2, 3, matrix.In), Values(2, 3, matrix.Out)]);
            hooks[layer] = new FactorHook(owned[^2], owned[^1], strengths);
        }

        Pass pass = new() { Batch = batch.Inputs, Objective = batch.Likelihood(), GradientFrom = GradientPass.FirstStage(runner.Architecture, layers) };
        await runner.RunAsync(pass, new PassHooks { Layers = hooks }, default);

        List<float> gradients = [];
        foreach (FactorHook hook in hooks.Values.Cast<FactorHook>())
        {
            gradients.AddRange(HostTensor.From(runner.Engine, hook.UGradient!).Data);
            gradients.AddRange(HostTensor.From(runner.Engine, hook.DeltaGradient!).Data);
            hook.Dispose();
        }

        owned.ForEach(t => t.Dispose());
        return [.. gradients];
    }

    /// <summary>Shifts of some rows: the layers' inputs there, and the gradients.</summary>
    private static async Task<float[]> ShiftGradientsAsync(IPassRunner runner, ExampleEncoder encoder, IReadOnlyList<string> layers)
    {
        ExampleBatch batch = new([.. Records.Take(2).Select(r => encoder.Encode(r.Prompt, r.Target))], runner.Architecture, encoder.Padding);
        int[] rows = [0, 1];
        Random random = new(6);
        Dictionary<string, ShiftHook> hooks = layers.ToDictionary(l => l, l =>
        {
            int width = runner.Architecture.Linear(l).Out;
            return new ShiftHook(rows, new HostTensor([rows.Length, width], [.. Enumerable.Range(0, rows.Length * width).Select(_ => random.NextSingle() - 0.5f)]));
        });
        Pass pass = new() { Batch = batch.Inputs, Objective = batch.Likelihood(), GradientFrom = GradientPass.FirstStage(runner.Architecture, layers) };

        PassResult result = await runner.RunAsync(pass, new PassHooks { Layers = hooks.ToDictionary(h => h.Key, h => (ILayerHook)h.Value) }, default);

        return [(float)result.Likelihood, .. hooks.Values.SelectMany(h => h.Keys!.Data.Concat(h.Gradient!.Data))];
    }

    private static async Task<float[]> FineTunedAsync(IPassRunner runner, ExampleEncoder encoder, IReadOnlyList<string> layers)
    {
        IReadOnlyList<EditFactors> factors = await Tuning(encoder, layers).ComputeAsync(runner, encoder.Encode(Records[0].Prompt, Records[0].Target), 0, default);
        return [.. factors.SelectMany(f => f.U.Concat(f.Delta).Append(f.Step))];
    }

    private static async Task<float[]> ScoreAsync(IPassRunner runner, ExampleEncoder encoder, IReadOnlyList<string> layers)
    {
        EditScore score = await new EditEvaluator(runner, encoder).ScoreAsync(Records[1], Tuning(encoder, layers), default);
        return [score.Success ? 1 : 0, (float)score.Generality!, (float)score.Locality!, (float)score.Drawdown!, (float)score.Loss];
    }

    /// <summary>A few steps of training with what all kinds of hooks bring: signals, inputs, entering states, factor gradients.</summary>
    private static async Task<float[]> TrainedAsync(IPassRunner runner, ExampleEncoder encoder, IReadOnlyList<string> layers)
    {
        TrainingOptions options = new()
        {
            Steps = 3,
            EditsPerStep = 2,
            EditsPerPass = 2,
            RephrasesPerEdit = 1,
            LocalityPerEdit = 1,
            StatisticsEdits = 3,
            ValidateEvery = 2,
            ValidationEdits = 1,
        };
        using MendEditor editor = new(runner.Engine, runner.Architecture, layers, new EditorOptions { Rank = 4 }, seed: 2);
        using EditorTrainer trainer = new(runner, encoder, editor, Records, Records, options, TimeProvider.System);
        EvaluationReport? validation = await trainer.RunAsync(null, null, default);
        return [.. editor.Parameters.Names.SelectMany(editor.Parameters.Get), .. editor.InputStatistics.Values.SelectMany(s => s.Mean).Select(m => (float)m), (float)validation!.Loss];
    }

    private static FineTuning Tuning(ExampleEncoder encoder, IReadOnlyList<string> layers) =>
        new(layers, encoder.Padding, new FineTuningOptions { MaxSteps = 3, DivergenceWeight = 1 }, [encoder.Encode("a b c", "d")]);

    private sealed class Blind : ILayerHook
    {
        public Value Forward(Tape tape, Value x, Func<Value, Value> layer) => layer(x);

        public void Collect(Tape tape)
        {
        }
    }
}
