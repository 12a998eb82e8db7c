using Mend.Editing;
using Mend.Models;
using Mend.Sharding;
using Mend.Sharding.Tests;
using Mend.Tensors.EngineTests;
using Xunit.Abstractions;

namespace Mend.Tensors.Torch.Tests.Parity;

/// <summary>An editor trained on libtorch edits as well as one trained on the managed engine with the same seed.</summary>
public sealed class TrainingParityTests(ITestOutputHelper output)
{
    private static readonly TrainingOptions Options = new()
    {
        EditsPerStep = 6,
        EditsPerPass = 6,
        Rate = 3e-3f,
        StepRate = 1e-2f,
        RephrasesPerEdit = 1,
        LocalityPerEdit = 1,
        StatisticsEdits = 6,
        EditWeight = 1f,
        LocalityWeight = 0.5f,
        Seed = 9,
    };

    /// <summary>
    /// After a few steps the losses agree to three digits. Training then multiplies the last bits' differences, until two
    /// instruction sets of the managed engine differ as much as two engines do; at its end the scores agree.
    /// </summary>
    [Theory]
    [InlineData("gpt2", 12, 120, 0.5)]
    [InlineData("gpt2", 12, 5, 1e-3)]
    [InlineData("t5", 6, 5, 1e-3)]
    [InlineData("bart", 6, 5, 1e-3)]
    public async Task TrainAndEvaluate_BothEngines_ScoreAlike(string name, int edits, int steps, double lossTolerance)
    {
        using IEngine managed = Engines.Create("cpu", 2);
        IReadOnlyList<EditRecord> records;
        using (FamilyModel model = new(name))
        {
            records = await model.RecordsAsync(edits);
        }

        Scores expected = await RunAsync(name, records, steps, managed);
        Scores actual = await RunAsync(name, records, steps, ModelFixtures.Engine);
        output.WriteLine($"{managed.Name}: {expected}; {ModelFixtures.Engine.Name}: {actual}");
        Assert.Equal(expected.Success, actual.Success, 0.01);
        Assert.Equal(expected.Generality, actual.Generality, 0.01);
        Assert.Equal(expected.Locality, actual.Locality, 0.01);
        Assert.Equal(expected.Loss, actual.Loss, lossTolerance * expected.Loss);
    }

    private static async Task<Scores> RunAsync(string name, IReadOnlyList<EditRecord> records, int steps, IEngine engine)
    {
        using ModelFolder folder = ModelFolder.Open(ModelFixtures.Folder(name));
        using ShardChain chain = ShardChain.Load(folder.Architecture, ShardPlan.Balanced(folder.Architecture, 2), folder.Checkpoint, engine);
        ExampleEncoder encoder = new(folder.Architecture, NumberTokenizer.Of(name));
        using MendEditor editor = new(engine, folder.Architecture, folder.Architecture.DefaultEditedLayers, new EditorOptions { Rank = 16 }, seed: 3);
        using (EditorTrainer trainer = new(chain, encoder, editor, records, [], Options with { Steps = steps }, TimeProvider.System))
        {
            await trainer.RunAsync(null, null, default);
        }

        MendMethod method = new(editor, encoder.Padding);
        EditEvaluator evaluator = new(chain, encoder);
        List<EditScore> scores = [];
        foreach (EditRecord record in records)
        {
            IReadOnlyList<EditFactors> factors = await method.ComputeAsync(chain, encoder.Encode(record.Prompt, record.Target), 0, default);
            scores.Add(await evaluator.MeasureAsync(record, 0, factors, default));
        }

        return new Scores(
            scores.Average(s => s.Success ? 1.0 : 0.0), scores.Average(s => (double)s.Generality!), scores.Average(s => (double)s.Locality!), scores.Average(s => (double)s.Loss));
    }

    private sealed record Scores(double Success, double Generality, double Locality, double Loss);
}
