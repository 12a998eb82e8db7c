using Mend.Editing.Tests.Methods;
using Mend.Models;

namespace Mend.Editing.Tests.Examples;

public sealed class ExampleBatchTests
{
    private static readonly ModelArchitecture Causal = ModelFamilies.Describe(ConfigReader.Open(Fixtures.Path("models/gpt2")));
    private static readonly ModelArchitecture Classifier = ModelFamilies.Describe(ConfigReader.Open(Fixtures.Path("models/bert_classifier")));

    [Fact]
    public void Inputs_DifferentLengths_ArePaddedOnTheRightAndMasked()
    {
        ExampleBatch batch = Batch();

        Assert.Equal([5, 17, 42, 8, 61, 99, 70, 3, 11, 99, 99, 99, 33, 90, 12, 54, 28, 66], batch.Inputs.InputIds);
        Assert.Equal([1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1], batch.Inputs.Mask ?? []);
    }

    [Fact]
    public void Likelihood_NoWeights_EveryExamplesMeanWeighsTheSame()
    {
        Objective objective = Batch().Likelihood();

        Assert.Equal([3, 4, 8, 16, 17], objective.LikelihoodRows);
        Assert.Equal([61, 23, 9, 66, 31], objective.LikelihoodTokens);
        Assert.Equal([0.5f, 0.5f, 1f, 0.5f, 0.5f], objective.LikelihoodWeights!);
        Assert.Empty(objective.DivergenceRows);
    }

    [Fact]
    public void Likelihood_Weighted_SharesAnExamplesWeightAmongItsTokens() =>
        Assert.Equal([0.5f, 0.5f, 2f, 1.5f, 1.5f], Batch().Likelihood(i => i + 1).LikelihoodWeights!);

    [Fact]
    public void PerExample_ValuesInOrder_SplitsThemAgain()
    {
        IReadOnlyList<ArraySegment<int>> parts = Batch().PerExample([1, 2, 3, 4, 5]);

        Assert.Equal([[1, 2], [3], [4, 5]], parts.Select(p => p.ToArray()));
    }

    [Fact]
    public void Rows_Classifier_OneRowPerExample()
    {
        EncodedExample example = new() { InputIds = [2, 10, 11, 3], TargetRows = [0], TargetTokens = [1] };
        ExampleBatch batch = new([example, example], Classifier, 0);

        Assert.Equal([0, 1], batch.Likelihood().LikelihoodRows);
    }

    private static ExampleBatch Batch() => new([Gpt2Fixture.Edit, .. Gpt2Fixture.Unrelated], Causal, 99);
}
