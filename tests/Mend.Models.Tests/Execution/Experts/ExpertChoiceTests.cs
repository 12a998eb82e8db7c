using Mend.Models.Execution;
using Mend.Models.Tests.Families.Naive;

namespace Mend.Models.Tests.Execution.Experts;

/// <summary>The choice of experts, against one that sorts everything.</summary>
public sealed class ExpertChoiceTests
{
    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(8, 2, 1, 1, 1)]
    [InlineData(8, 8, 1, 1, 1)]
    [InlineData(160, 6, 8, 3, 1)]
    [InlineData(256, 8, 8, 4, 2)]
    [InlineData(6, 2, 6, 3, 2)]
    public void Choose_RandomScores_IsWhatSortingGives(int experts, int perToken, int groups, int groupsPerToken, int bestOfGroup)
    {
        ExpertRouting routing = new() { Experts = experts, PerToken = perToken, Groups = groups, GroupsPerToken = groupsPerToken, BestOfGroup = bestOfGroup };
        NaiveExperts naive = new(experts, perToken) { Groups = groups, GroupsPerToken = groupsPerToken, BestOfGroup = bestOfGroup };
        Random random = new(3);
        int[] chosen = new int[perToken];
        for (int i = 0; i < 200; i++)
        {
            // Below zero too: a correction may push a score there, and experts of groups that are not chosen must not slip in.
            float[] scores = [.. Enumerable.Range(0, experts).Select(_ => (float)(random.NextDouble() - 0.7))];

            ExpertChoice.Choose(scores, routing, i, chosen);

            Assert.Equal(naive.Choose(Array.ConvertAll(scores, s => (double)s)), chosen);
        }
    }

    [Fact]
    public void Choose_EqualScores_TakesTurnsByPosition()
    {
        ExpertRouting routing = new() { Experts = 5, PerToken = 2 };
        int[] chosen = new int[2];
        int[] times = new int[5];
        for (int position = 0; position < 10; position++)
        {
            ExpertChoice.Choose(new float[5], routing, position, chosen);
            Assert.True(chosen[0] < chosen[1]);
            Array.ForEach(chosen, expert => times[expert]++);
        }

        Assert.All(times, t => Assert.Equal(4, t));
    }

    [Fact]
    public void Choose_ScoresThatAreNoNumbers_TakesTheOthersFirst()
    {
        ExpertRouting routing = new() { Experts = 4, PerToken = 3, Groups = 1 };
        int[] chosen = new int[3];

        ExpertChoice.Choose([float.NaN, -5, float.NaN, float.NegativeInfinity], routing, 0, chosen);

        Assert.Equal([0, 1, 3], chosen);
    }
}
