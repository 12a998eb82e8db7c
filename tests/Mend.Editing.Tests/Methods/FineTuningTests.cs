namespace Mend.Editing.Tests.Methods;

public sealed class FineTuningTests : IDisposable
{
    private const float Rate = 0.05f;
    private const int Steps = 5;

    /// <summary>Steps that never end early, since no answer is as sure as that.</summary>
    private static readonly FineTuningOptions Fixed = new() { Rate = Rate, MaxSteps = Steps, Confidence = 0.9999f };

    private readonly Gpt2Fixture _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task ComputeAsync_FixedSteps_MovesWeightsAsDenseStepsDo()
    {
        using DenseTuning dense = new(_model);
        ExampleBatch batch = new([Gpt2Fixture.Edit], _model.Architecture, Gpt2Fixture.Padding);
        await dense.RunAsync(Steps, Rate, _ => new Pass { Batch = batch.Inputs, Objective = batch.Likelihood() });

        IReadOnlyList<EditFactors> factors = await TuneAsync(Fixed);

        SameChange(dense, factors);
    }

    [Theory]
    [InlineData(LocalityPositions.Answer)]
    [InlineData(LocalityPositions.All)]
    public async Task ComputeAsync_WithDivergence_MovesWeightsAsDenseStepsDo(LocalityPositions positions)
    {
        const float Weight = 3f;
        using DenseTuning dense = new(_model);
        Objective objective = await ObjectiveAsync(Weight, positions);
        ExampleBatch batch = new([Gpt2Fixture.Edit, .. Gpt2Fixture.Unrelated], _model.Architecture, Gpt2Fixture.Padding);
        await dense.RunAsync(Steps, Rate, _ => new Pass { Batch = batch.Inputs, Objective = objective });

        IReadOnlyList<EditFactors> factors = await TuneAsync(Fixed with { DivergenceWeight = Weight, DivergenceAt = positions });

        SameChange(dense, factors);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.5f)]
    public async Task ComputeAsync_EnoughSteps_AnswersWithTheConfidence(float confidence)
    {
        IReadOnlyList<EditFactors> factors = await TuneAsync(new FineTuningOptions { Rate = Rate, Confidence = confidence });

        TuningGradient after = await LookAsync(factors);
        Assert.True(after.Predicted);
        Assert.InRange(after.Confidence, confidence, 0.9f);
    }

    [Fact]
    public async Task ComputeAsync_Factors_AnswerAsTheDenselyEditedModelDoes()
    {
        using DenseTuning dense = new(_model);
        ExampleBatch batch = new([Gpt2Fixture.Edit], _model.Architecture, Gpt2Fixture.Padding);
        Pass pass = new() { Batch = batch.Inputs, Objective = batch.Likelihood() };
        await dense.RunAsync(Steps, Rate, _ => pass);
        using Gpt2Fixture edited = dense.Load();

        PassResult expected = await edited.Chain.RunAsync(pass, PassHooks.None, CancellationToken.None);
        PassResult actual = await _model.Chain.RunAsync(pass with { Preview = await TuneAsync(Fixed) }, PassHooks.None, CancellationToken.None);

        Assert.Equal(expected.Likelihood, actual.Likelihood, 1e-4 * Math.Abs(expected.Likelihood));
    }

    [Fact]
    public async Task ComputeAsync_LowestLayer_GainsNoRankWithSteps()
    {
        IReadOnlyList<EditFactors> one = await TuneAsync(Fixed with { MaxSteps = 1 });
        IReadOnlyList<EditFactors> many = await TuneAsync(Fixed);

        // The first edited block's c_fc sees nothing that is edited; every other layer's u moves with the steps.
        string lowest = "transformer.h.1.mlp.c_fc.weight";
        Assert.Equal(Rank(one, lowest), Rank(many, lowest));
        Assert.All(many.Where(f => f.Layer != lowest), f => Assert.Equal(Steps * Rank(one, f.Layer), f.Rank));
    }

    [Fact]
    public async Task ComputeAsync_Divergence_HoldsUnrelatedAnswers()
    {
        FineTuningOptions options = new() { Rate = Rate };
        Objective held = await ObjectiveAsync(1f, LocalityPositions.All);

        double plain = await DivergenceAsync(held, await TuneAsync(options));
        double holding = await DivergenceAsync(held, await TuneAsync(options with { DivergenceWeight = 10f, DivergenceAt = LocalityPositions.All }));

        Assert.True(holding < plain / 2, $"KL is {plain} without and {holding} with the divergence; less than half is wanted.");
    }

    [Fact]
    public async Task ComputeAsync_AnswerKnown_ChangesNothing()
    {
        TuningGradient before = await LookAsync([]);
        PassResult result = await _model.Chain.RunAsync(
            new Pass { Batch = new ExampleBatch([Gpt2Fixture.Edit], _model.Architecture, Gpt2Fixture.Padding).Inputs, Objective = Likelihood() },
            PassHooks.None,
            CancellationToken.None);
        EncodedExample known = Gpt2Fixture.Edit with { TargetTokens = result.Predictions };

        IReadOnlyList<EditFactors> factors = await Method(new FineTuningOptions { Confidence = 0 }).ComputeAsync(_model.Chain, known, 0, CancellationToken.None);

        Assert.False(before.Predicted);
        Assert.Equal(_model.Layers, factors.Select(f => f.Layer));
        Assert.All(factors, f => Assert.Equal(0, f.Rank));
    }

    [Fact]
    public async Task ComputeAsync_RateFarTooLarge_SaysSo()
    {
        EditRequestException error = await Assert.ThrowsAsync<EditRequestException>(() => TuneAsync(new FineTuningOptions { Rate = 1e30f }));

        Assert.Contains("lower Rate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ComputeAsync_Cancelled_Stops() => await Assert.ThrowsAnyAsync<OperationCanceledException>(
        () => Method(Fixed).ComputeAsync(_model.Chain, Gpt2Fixture.Edit, 0, new CancellationToken(canceled: true)));

    [Fact]
    public void Name_WithAndWithoutDivergence_TellsThemApart()
    {
        Assert.Equal("ft", Method(new FineTuningOptions()).Name);
        Assert.Equal("ft-kl", Method(new FineTuningOptions { DivergenceWeight = 1 }).Name);
    }

    [Fact]
    public void Constructor_DivergenceWithoutPrompts_SaysWhatToDo()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new FineTuning(_model.Layers, Gpt2Fixture.Padding, new FineTuningOptions { DivergenceWeight = 1 }));

        Assert.Contains("give some, or set it to 0", error.Message, StringComparison.Ordinal);
    }

    private static int Rank(IEnumerable<EditFactors> factors, string layer) => factors.Single(f => f.Layer == layer).Rank;

    private static Objective Likelihood() => new() { LikelihoodRows = Gpt2Fixture.Edit.TargetRows, LikelihoodTokens = Gpt2Fixture.Edit.TargetTokens };

    /// <summary>The change of every layer as factors and as dense steps; the largest difference is reported.</summary>
    private static void SameChange(DenseTuning dense, IReadOnlyList<EditFactors> factors)
    {
        foreach (EditFactors layer in factors)
        {
            float[] expected = dense.Change(layer.Layer);
            float largest = expected.Max(MathF.Abs);
            (float difference, int at) = expected.Select((e, i) => (MathF.Abs(e - Change(layer, i / layer.Outputs, i % layer.Outputs)), i)).Max();
            Assert.True(
                difference <= 1e-6f + (1e-3f * largest),
                $"{layer.Layer} differs by {difference} at ({at / layer.Outputs}, {at % layer.Outputs}); its largest change is {largest}.");
        }
    }

    private static float Change(EditFactors factors, int input, int output)
    {
        double sum = 0;
        for (int r = 0; r < factors.Rank; r++)
        {
            sum += (double)factors.U[(r * factors.Inputs) + input] * factors.Delta[(r * factors.Outputs) + output];
        }

        return (float)(factors.Step * sum);
    }

    private FineTuning Method(FineTuningOptions options) => new(_model.Layers, Gpt2Fixture.Padding, options, options.DivergenceWeight > 0 ? Gpt2Fixture.Unrelated : null);

    private Task<IReadOnlyList<EditFactors>> TuneAsync(FineTuningOptions options) =>
        Method(options).ComputeAsync(_model.Chain, Gpt2Fixture.Edit, 0, CancellationToken.None);

    private async Task<TuningGradient> LookAsync(IReadOnlyList<EditFactors> factors)
    {
        TuningLoss loss = await TuningLoss.PrepareAsync(
            _model.Chain, _model.Layers, Gpt2Fixture.Edit, [], new FineTuningOptions(), Gpt2Fixture.Padding, 0, CancellationToken.None);
        return await loss.GradientAsync(factors, CancellationToken.None);
    }

    /// <summary>The loss of "ft-kl" written out: rows of a batch of the edit and two unrelated prompts, padded to six tokens.</summary>
    private async Task<Objective> ObjectiveAsync(float weight, LocalityPositions positions)
    {
        int[] rows = positions == LocalityPositions.Answer ? [8, 16, 17] : [6, 7, 8, 12, 13, 14, 15, 16, 17];
        ExampleBatch batch = new([Gpt2Fixture.Edit, .. Gpt2Fixture.Unrelated], _model.Architecture, Gpt2Fixture.Padding);
        PassResult reference = await _model.Chain.RunAsync(
            new Pass { Batch = batch.Inputs, Outputs = PassOutputs.LogProbabilities, OutputRows = rows }, PassHooks.None, CancellationToken.None);
        return Likelihood() with
        {
            DivergenceRows = rows,
            DivergenceWeights = [.. rows.Select(_ => weight / rows.Length)],
            Reference = reference.LogProbabilities!.Data,
        };
    }

    private async Task<double> DivergenceAsync(Objective objective, IReadOnlyList<EditFactors> preview)
    {
        ExampleBatch batch = new([Gpt2Fixture.Edit, .. Gpt2Fixture.Unrelated], _model.Architecture, Gpt2Fixture.Padding);
        Pass pass = new() { Batch = batch.Inputs, Objective = objective, Preview = preview };
        return (await _model.Chain.RunAsync(pass, PassHooks.None, CancellationToken.None)).Divergence;
    }
}
