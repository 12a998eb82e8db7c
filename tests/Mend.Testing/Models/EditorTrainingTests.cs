using Mend.Editing;
using Mend.Sharding;
using Mend.Tensors;
using Xunit.Abstractions;

namespace Mend.Testing;

/// <summary>Every family can be edited: an editor trained for some steps makes its edits succeed, and without them the base is back.</summary>
public abstract class EditorTrainingTests(IEngine engine, ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(FamilyModel.All), MemberType = typeof(FamilyModel))]
    [InlineData("families/gemma2")]
    [InlineData("families/phi3")]
    [InlineData("families/falcon")]
    [InlineData("families/opt_postnorm")]
    public async Task RunAsync_FewEdits_AllSucceedAndRevertToTheExactBase(string name)
    {
        using FamilyModel model = new(name, engine: engine);
        IReadOnlyList<EditRecord> records = await model.RecordsAsync(6);
        using MendEditor editor = model.NewEditor(new EditorOptions());
        using EditorTrainer trainer = new(model.Chain, model.Encoder, editor, records, [], Options, TimeProvider.System);
        EditEvaluator evaluator = new(model.Chain, model.Encoder);
        MendMethod method = new(editor, model.Encoder.Padding);

        await trainer.RunAsync(null, null, default);

        int worked = 0;
        foreach (EditRecord record in records)
        {
            float[] before = await model.LogitsAsync(record, []);
            Assert.False((await evaluator.MeasureAsync(record, 0, [], default)).Success, $"{record.Id}: the base gives the answer already");
            IReadOnlyList<EditFactors> factors = await method.ComputeAsync(model.Chain, model.Encoder.Encode(record.Prompt, record.Target), 0, default);
            EditScore score = await evaluator.MeasureAsync(record, 0, factors, default);
            output.WriteLine($"{record.Id}: success {score.Success}, generality {score.Generality}, locality {score.Locality}, loss {score.Loss:g3}");
            worked += score.Success ? 1 : 0;
            Assert.NotEqual(before, await model.LogitsAsync(record, factors));
            Assert.Equal(before, await model.LogitsAsync(record, []));
        }

        Assert.Equal(records.Count, worked);
    }

    private static TrainingOptions Options { get; } = new()
    {
        Steps = 120,
        EditsPerStep = 6,
        EditsPerPass = 6,
        Rate = 3e-3f,
        VectorRateFactor = 1f,
        StepRate = 3e-3f,
        RephrasesPerEdit = 1,
        LocalityPerEdit = 1,
        StatisticsEdits = 6,
        EditWeight = 1f,
        LocalityWeight = 0.5f,
        Seed = 9,
    };
}
