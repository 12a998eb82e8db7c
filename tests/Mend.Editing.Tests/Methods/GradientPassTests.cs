namespace Mend.Editing.Tests.Methods;

public sealed class GradientPassTests : IDisposable
{
    private readonly Gpt2Fixture _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task RunAsync_SeveralEdits_EachIsWhatItIsAlone()
    {
        IReadOnlyList<EditSignals> together = await RunAsync([Gpt2Fixture.Edit, .. Gpt2Fixture.Unrelated]);
        IReadOnlyList<EditSignals> alone = await RunAsync([Gpt2Fixture.Edit]);

        Assert.Equal(alone[0].Loss, together[0].Loss, 1e-5);
        foreach ((LayerSignals expected, LayerSignals actual) in alone[0].Layers.Zip(together[0].Layers))
        {
            Assert.Equal(expected.KeptRows, actual.KeptRows);
            Values.AssertClose(expected.U, actual.U, 1e-6, 1e-4, $"u of {expected.Layer}");
            Values.AssertClose(expected.Delta, actual.Delta, 1e-4 * expected.Delta.Max(Math.Abs), 1e-4, $"δ of {expected.Layer}");
        }
    }

    [Fact]
    public async Task RunAsync_LengthExponent_ScalesTheGradientOfLongAnswers()
    {
        LayerSignals mean = (await RunAsync([Gpt2Fixture.Edit]))[0].Layers[0];
        LayerSignals sum = (await RunAsync([Gpt2Fixture.Edit], lengthExponent: 1))[0].Layers[0];

        Values.AssertClose(mean.Delta.Select(d => 2 * d).ToArray(), sum.Delta, 0, 1e-5, "δ of an answer of two tokens");
    }

    [Fact]
    public async Task RunAsync_AnswerRowsOnly_KeepsNoOthers()
    {
        EditSignals all = (await RunAsync([Gpt2Fixture.Edit]))[0];
        EditSignals some = (await RunAsync([Gpt2Fixture.Edit], answerRowsOnly: true))[0];

        Assert.Contains(all.Layers, l => l.Rows == 5);
        Assert.All(some.Layers, l => Assert.Equal(Gpt2Fixture.Edit.TargetRows, l.KeptRows));
    }

    [Fact]
    public async Task RunAsync_AnswerThatIsGivenAlready_IsKnown()
    {
        Pass pass = new() { Batch = new ExampleBatch([Gpt2Fixture.Edit], _model.Architecture, 0).Inputs, Objective = new Objective { LikelihoodRows = [3, 4], LikelihoodTokens = [0, 0] } };
        PassResult result = await _model.Chain.RunAsync(pass, PassHooks.None, default);

        Assert.False((await RunAsync([Gpt2Fixture.Edit]))[0].Known);
        Assert.True((await RunAsync([Gpt2Fixture.Edit with { TargetTokens = result.Predictions }]))[0].Known);
    }

    [Fact]
    public async Task Start_FromTheEnteringState_IsThePassFromTheTokens()
    {
        EnteringState entering = (await RunAsync([Gpt2Fixture.Edit, .. Gpt2Fixture.Unrelated]))[0].Entering!;
        ExampleBatch batch = new([Gpt2Fixture.Edit, Gpt2Fixture.Edit], _model.Architecture, 0);
        Pass pass = new() { Batch = batch.Inputs, Objective = batch.Likelihood() };
        EnteringState alone = (await RunAsync([Gpt2Fixture.Edit]))[0].Entering!;

        PassResult expected = await _model.Chain.RunAsync(pass, PassHooks.None, default);
        PassResult actual = await _model.Chain.RunAsync(alone.Start(pass), PassHooks.None, default);

        Assert.Equal(GradientPass.FirstStage(_model.Architecture, _model.Layers), alone.Stage);
        Assert.Equal(alone.Stage, entering.Stage);
        Values.AssertClose(expected.TokenLogProbabilities, actual.TokenLogProbabilities, 1e-5, 1e-5, "log p");
    }

    private Task<IReadOnlyList<EditSignals>> RunAsync(IReadOnlyList<EncodedExample> edits, float lengthExponent = 0, bool answerRowsOnly = false) =>
        GradientPass.RunAsync(_model.Chain, _model.Layers, edits, Gpt2Fixture.Padding, 0, [], lengthExponent, default, answerRowsOnly);
}
