using Mend.Editing.Tests.Methods;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Editing.Tests.Training;

public sealed class EditorTrainerTests : IDisposable
{
    private static readonly TrainingOptions Short = new()
    {
        Steps = 6,
        EditsPerStep = 4,
        EditsPerPass = 4,
        Rate = 3e-3f,
        VectorRateFactor = 1,
        StepRate = 1e-2f,
        RephrasesPerEdit = 1,
        LocalityPerEdit = 1,
        StatisticsEdits = 12,
        EditWeight = 1f,
    };

    private readonly Gpt2Fixture _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task RunAsync_FiftySteps_LossFalls()
    {
        using MendEditor editor = New();
        List<TrainingProgress> log = [];

        await TrainAsync(editor, Short with { Steps = 50, EditsPerStep = 12, EditsPerPass = 12 }, progress: log.Add);

        double first = log.Take(5).Average(p => p.EditLoss + p.LocalityLoss);
        double last = log.TakeLast(5).Average(p => p.EditLoss + p.LocalityLoss);
        Assert.True(last < 0.7 * first, $"The loss went from {first} to {last}.");
    }

    [Fact]
    public async Task RunAsync_SameSeed_SameBits()
    {
        using MendEditor one = New();
        using MendEditor two = New();
        using MendEditor other = New();

        await TrainAsync(one, Short);
        await TrainAsync(two, Short);
        await TrainAsync(other, Short with { Seed = 2 });

        Assert.Equal(Parameters(one), Parameters(two));
        Assert.NotEqual(Parameters(one), Parameters(other));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task RunAsync_StepInSeveralPasses_SumsTheGradientsOfOne(int perPass)
    {
        using MendEditor whole = New();
        using MendEditor parts = New();
        List<TrainingProgress> expected = [];
        List<TrainingProgress> actual = [];

        // One rephrase and one unrelated prompt each: whatever the pass, the same sequences are chosen.
        TrainingOptions options = Short with { Steps = 1, Clip = 1e6f };
        await TrainAsync(whole, options, progress: expected.Add);
        await TrainAsync(parts, options with { EditsPerPass = perPass }, progress: actual.Add);

        Assert.Equal(expected[0].EditLoss, actual[0].EditLoss, 1e-4 * expected[0].EditLoss);
        Assert.Equal(expected[0].LocalityLoss, actual[0].LocalityLoss, 1e-4 * expected[0].LocalityLoss);
        Assert.Equal(expected[0].GradientNorm, actual[0].GradientNorm, 1e-3 * expected[0].GradientNorm);
    }

    [Fact]
    public async Task RunAsync_Cancelled_StopsBetweenStepsAndGoesOnToTheSameEnd()
    {
        using MendEditor straight = New();
        using MendEditor stopped = New();
        await TrainAsync(straight, Short);
        using CancellationTokenSource source = new();
        using EditorTrainer trainer = Trainer(stopped, Short);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trainer.RunAsync(
            null,
            (_, now) =>
            {
                if (now.Step == 3)
                {
                    source.Cancel();
                }
            },
            source.Token));
        Assert.Equal(3, trainer.Step);
        await trainer.RunAsync(null, null, default);

        Assert.Equal(Parameters(straight), Parameters(stopped));
    }

    [Fact]
    public async Task RunAsync_CancelledWhileTakingStatistics_StartsThemAgain()
    {
        TrainingOptions options = Short with { EditsPerPass = 8 };
        using MendEditor straight = New();
        using MendEditor stopped = New();
        await TrainAsync(straight, options);
        using CancellationTokenSource source = new();
        WatchedRunner runner = new(_model.Chain)
        {
            Before = number =>
            {
                if (number == 3)
                {
                    source.Cancel();
                }
            },
        };
        using EditorTrainer trainer = Trainer(stopped, options, runner: runner);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trainer.RunAsync(null, null, source.Token));
        Assert.All(stopped.GradientStatistics.Values, s => Assert.Equal(0, s.Count));
        await trainer.RunAsync(null, null, default);

        Assert.Equal(straight.GradientStatistics.Values.Select(s => s.Count), stopped.GradientStatistics.Values.Select(s => s.Count));
        Assert.Equal(Parameters(straight), Parameters(stopped));
    }

    [Fact]
    public async Task RunAsync_TimeRunsOut_EndsAfterTheStep()
    {
        using MendEditor editor = New();
        FakeTimeProvider time = new();
        using EditorTrainer trainer = Trainer(editor, Short with { Steps = 1000, MaxDuration = TimeSpan.FromSeconds(10) }, time: time);
        List<TrainingProgress> log = [];

        await trainer.RunAsync(
            null,
            (_, now) =>
            {
                log.Add(now);
                time.Advance(TimeSpan.FromSeconds(4));
            },
            default);

        // Looked at after each step: 0, 4, 8 and 12 seconds.
        Assert.Equal([0.001, 0.4, 0.8, 1.0], log.Select(p => Math.Round(p.Done, 3)));
        Assert.Equal(TimeSpan.FromSeconds(2), log[2].Remaining);
    }

    [Fact]
    public async Task RunAsync_NoGainForAsLongAsPatience_StopsAndRestoresTheBest()
    {
        using MendEditor editor = New();
        List<TrainingProgress> log = [];
        float[][]? best = null;

        // At a huge rate every validation is worse than the first ones.
        TrainingOptions options = Short with
        {
            Steps = 100,
            Rate = 0.5f,
            StepRate = 0.5f,
            Warmup = 0,
            ValidateEvery = 1,
            ValidationEdits = 2,
            Patience = 3,
            SelectByLoss = true,
        };
        using EditorTrainer trainer = Trainer(editor, options, validation: TrainingSetup.Records);
        await trainer.RunAsync(
            null,
            (_, now) =>
            {
                log.Add(now);
                best = now.IsBest ? Parameters(editor) : best;
            },
            default);

        Assert.True(log.Count < 100, "It never stopped.");
        Assert.Equal([true, false, false, false], log.TakeLast(4).Select(p => p.IsBest));
        Assert.Equal(best, Parameters(editor));
        Assert.Equal(trainer.BestPenalty, log.Min(p => p.Validation!.Loss));
    }

    [Fact]
    public async Task RunAsync_ByDefault_KeepsTheStateOfHighestQuality()
    {
        using MendEditor editor = New();
        List<TrainingProgress> log = [];
        TrainingOptions options = Short with { Steps = 12, ValidateEvery = 1, ValidationEdits = 4 };
        using EditorTrainer trainer = Trainer(editor, options, validation: TrainingSetup.Records);

        await trainer.RunAsync(null, (_, now) => log.Add(now), default);

        Assert.Equal(-log.Max(p => p.Validation!.Quality), trainer.BestPenalty);
    }

    [Fact]
    public async Task RunAsync_ValidateEvery_ValidatesThenAndAtTheEnd()
    {
        using MendEditor editor = New();
        List<EvaluationReport?> reports = [];

        EvaluationReport? last = await TrainAsync(
            editor, Short with { Steps = 5, ValidateEvery = 2, ValidationEdits = 3 }, p => reports.Add(p.Validation), TrainingSetup.Records);

        Assert.Equal([null, reports[1], reports[1], reports[3], last], reports);
        Assert.Equal(3, last!.Edits);
        Assert.NotSame(reports[3], last);
    }

    [Fact]
    public async Task RunAsync_PaperOptions_RunWithTheirAccidents()
    {
        using MendEditor editor = new(_model.Chain.Engine, _model.Architecture, _model.Layers, EditorOptions.Paper, seed: 1);
        List<TrainingProgress> log = [];

        await TrainAsync(editor, TrainingOptions.Paper with { Steps = 2, ValidationEdits = 0 }, progress: log.Add);

        // The first step sums eleven edits, the second two; the statistics have moved with each.
        Assert.Equal(2, log.Count);
        Assert.All(log, p => Assert.True(double.IsFinite(p.GradientNorm) && p.GradientNorm > 0));
        Assert.All(editor.GradientStatistics.Values, s => Assert.True(s.Count > 13));
        Assert.Equal(1e-6f, log[0].Rate);
    }

    [Fact]
    public async Task RunAsync_Done_LeavesNoTensor()
    {
        long before = _model.LiveTensors;
        using (MendEditor editor = New())
        {
            await TrainAsync(editor, Short with { Steps = 2 }, validation: TrainingSetup.Records);
        }

        Assert.Equal(before, _model.LiveTensors);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task RunAsync_PassThatFails_LeavesNoTensor(int pass)
    {
        using MendEditor editor = New();
        long before = _model.LiveTensors;
        WatchedRunner runner = new(_model.Chain) { Before = number => _ = number == pass ? throw new IOException("The wire broke.") : number };
        using (EditorTrainer trainer = Trainer(editor, Short with { EditsPerPass = 2 }, runner: runner))
        {
            before = _model.LiveTensors;

            await Assert.ThrowsAsync<IOException>(() => trainer.RunAsync(null, null, default));

            Assert.Equal(before + editor.WhiteningByLayer.Count, _model.LiveTensors);
        }
    }

    [Fact]
    public async Task RunAsync_WarmupAndDecay_RateRisesThenFalls()
    {
        using MendEditor editor = New();
        List<float> rates = [];

        await TrainAsync(editor, Short with { Steps = 8, Warmup = 0.25f }, progress: p => rates.Add(p.Rate));

        Assert.True(rates[0] > 0 && rates[0] < rates[1] && rates[1] < rates[2]);
        Assert.Equal(rates[2..].OrderDescending(), rates[2..]);
        Assert.Equal(Short.Rate, rates[2]);
    }

    [Fact]
    public void Constructor_NothingToTrainOn_IsRefused()
    {
        using MendEditor editor = New();

        Assert.Throws<ArgumentException>(() => new EditorTrainer(_model.Chain, TrainingSetup.Encoder(_model), editor, [], [], Short, TimeProvider.System));
    }

    [Fact]
    public void Constructor_WhiteningWithoutStatistics_SaysWhatToSet()
    {
        using MendEditor editor = New();

        ArgumentException error = Assert.Throws<ArgumentException>(() => Trainer(editor, Short with { StatisticsEdits = 0, MovingStatistics = true }));

        Assert.Contains("StatisticsEdits", error.Message, StringComparison.Ordinal);
    }

    private MendEditor New() => new(_model.Chain.Engine, _model.Architecture, _model.Layers, new EditorOptions { Rank = 8 }, seed: 3);

    private EditorTrainer Trainer(
        MendEditor editor, TrainingOptions options, IReadOnlyList<EditRecord>? validation = null, TimeProvider? time = null, IPassRunner? runner = null) =>
        new(runner ?? _model.Chain, TrainingSetup.Encoder(_model), editor, TrainingSetup.Records, validation ?? [], options, time ?? TimeProvider.System);

    private async Task<EvaluationReport?> TrainAsync(
        MendEditor editor, TrainingOptions options, Action<TrainingProgress>? progress = null, IReadOnlyList<EditRecord>? validation = null)
    {
        using EditorTrainer trainer = Trainer(editor, options, validation);
        return await trainer.RunAsync(null, (_, now) => progress?.Invoke(now), default);
    }

    private static float[][] Parameters(MendEditor editor) => [.. editor.Parameters.Names.Select(editor.Parameters.Get)];
}
