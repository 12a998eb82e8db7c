using Mend.Editing.Tests.Methods;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Editing.Tests.Evaluation;

public sealed class EditEvaluatorTests : IDisposable
{
    private readonly Gpt2Fixture _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task MeasureAsync_NoEdit_ChangesNothingAndLosesTheWeightedLikelihood()
    {
        EditRecord record = TrainingSetup.Records[0];

        EditScore score = await new EditEvaluator(_model.Chain, TrainingSetup.Encoder(_model), editWeight: 0.5f).MeasureAsync(record, 0, [], default);

        Assert.Equal((1.0, 0.0, false), (score.Locality, score.Drawdown, score.Success));
        Assert.Equal(0.5 * await LikelihoodAsync(record), score.Loss, 1e-5);
    }

    [Fact]
    public async Task MeasureAsync_RecordWithoutCompany_LeavesMetricsOpen()
    {
        EditRecord alone = TrainingSetup.Records[0] with { Rephrases = [], Locality = [] };

        EditScore score = await new EditEvaluator(_model.Chain, TrainingSetup.Encoder(_model)).MeasureAsync(alone, 0, [], default);

        Assert.Equal((null, null, null), (score.Generality, score.Locality, score.Drawdown));
    }

    [Fact]
    public async Task ScoreAsync_EditThatWorks_SucceedsAndIsTimed()
    {
        EditRecord record = TrainingSetup.Records[0];
        FakeTimeProvider time = new();
        WatchedRunner runner = new(_model.Chain) { Before = _ => time.Advance(TimeSpan.FromMilliseconds(7)) };
        EditEvaluator evaluator = new(runner, TrainingSetup.Encoder(_model), time: time);

        EditScore score = await evaluator.ScoreAsync(record, new FineTuning(_model.Layers, Gpt2Fixture.Padding, new FineTuningOptions()), default);

        Assert.True(score.Success);
        // The last two passes measure.
        Assert.Equal((runner.Passes - 2) * TimeSpan.FromMilliseconds(7), score.Duration);
        Assert.Equal(record.Id, score.Id);
    }

    /// <summary>Mean over the tokens of all wanted answers.</summary>
    private async Task<double> LikelihoodAsync(EditRecord record)
    {
        ExampleEncoder encoder = TrainingSetup.Encoder(_model);
        ExampleBatch batch = new([encoder.Encode(record.Prompt, record.Target), .. record.Rephrases.Select(r => encoder.Encode(r, record.Target))], _model.Architecture, 0);
        Pass pass = new() { Batch = batch.Inputs, Objective = batch.Likelihood() with { LikelihoodWeights = null } };
        return (await _model.Chain.RunAsync(pass, PassHooks.None, default)).Likelihood;
    }
}
