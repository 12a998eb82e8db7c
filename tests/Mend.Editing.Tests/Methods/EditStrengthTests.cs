namespace Mend.Editing.Tests.Methods;

public sealed class EditStrengthTests
{
    private static readonly float[] Strengths = [1f, 2f, 4f, 8f];

    [Fact]
    public void Ladder_Steps_GrowByTheRatio() => Values.AssertClose([0.3f, 0.6f, 1.2f], EditStrength.Ladder(3, 2), 0, 1e-6, "strengths");

    [Theory]
    [InlineData(new[] { 0.1f, 0.5f, 0.95f, 0.99f }, 0.9f, 4f)]
    [InlineData(new[] { 0.95f, 0.5f, 0.95f, 0.99f }, 0.9f, 1f)]
    [InlineData(new[] { 0.1f, 0.7f, 0.6f, 0.2f }, 0.9f, 2f)]
    [InlineData(new[] { 0.1f, float.NaN, 0.6f, 0.2f }, 0.9f, 4f)]
    public void Choose_TheWeakestThatReachesTheConfidence_ElseTheNearest(float[] probabilities, float confidence, float expected) =>
        Assert.Equal(expected, EditStrength.Choose(Strengths, LogP(probabilities), confidence));

    [Fact]
    public void Choose_AnswerOfSeveralTokens_GoesByTheLeastLikely() =>
        Assert.Equal(8f, EditStrength.Choose([4f, 8f], [new float[] { -0.01f, -2f }, new float[] { -0.05f, -0.05f }], 0.9f));

    [Theory]
    [InlineData(new[] { 0.1f, 0.5f, 0.95f, 0.99f }, 2f, 4f)]
    [InlineData(new[] { 0.1f, 0.7f, 0.6f, 0.2f }, 2f, 2f)]
    [InlineData(new[] { 0.95f, 0.96f, 0.97f, 0.98f }, 1f, 1f)]
    public void Interpolate_AnyProbabilities_StaysBetweenTheTwoTries(float[] probabilities, float least, float most) =>
        Assert.InRange(EditStrength.Interpolate(Strengths, LogP(probabilities), 0.9f), least, most);

    [Fact]
    public void Interpolate_LogitThatIsALine_MeetsTheConfidenceExactly()
    {
        // The logit is 0 at 2 and 4 at 4, so 2 is met in the middle.
        float[] probabilities = [0.1f, 0.5f, 1 / (1 + MathF.Exp(-4)), 0.999f];

        Assert.Equal(3f, EditStrength.Interpolate(Strengths, LogP(probabilities), 1 / (1 + MathF.Exp(-2))), 1e-4f);
    }

    private static IReadOnlyList<ArraySegment<float>> LogP(float[] probabilities) => [.. probabilities.Select(p => new ArraySegment<float>([MathF.Log(p)]))];
}
