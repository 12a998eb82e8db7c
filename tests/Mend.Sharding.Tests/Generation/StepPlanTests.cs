using CsCheck;

namespace Mend.Sharding.Tests.Generation;

public sealed class StepPlanTests
{
    [Theory]
    [InlineData(8, new[] { 1, 1, 1 }, new[] { 1, 1, 1 })]
    [InlineData(2, new[] { 1, 1, 1 }, new[] { 1, 1, 0 })]
    [InlineData(8, new[] { 1, 100 }, new[] { 1, 7 })]
    [InlineData(8, new[] { 1, 1, 1, 1, 1, 1, 1, 1, 100 }, new[] { 1, 1, 1, 1, 1, 1, 0, 0, 2 })]
    [InlineData(9, new[] { 100, 2, 50 }, new[] { 4, 2, 3 })]
    [InlineData(9, new[] { 100, 2, 1, 2 }, new[] { 4, 2, 1, 2 })]
    [InlineData(16, new[] { 100, 2, 1, 2 }, new[] { 11, 2, 1, 2 })]
    [InlineData(2, new[] { 5, 5, 5 }, new[] { 2, 0, 0 })]
    [InlineData(2, new[] { 1, 1, 5 }, new[] { 1, 0, 1 })]
    public void Share_FewAndMany_GivesTheRows(int rows, int[] needs, int[] expected) =>
        Assert.Equal(expected, StepPlan.Share([.. needs.Select(n => (n, 0L))], rows));

    [Fact]
    public void Share_MoreThanThereAreRowsFor_ServesThoseThatWaitedLongest() =>
        Assert.Equal([0, 1, 0, 1], StepPlan.Share([(1, 9), (1, 7), (1, 9), (1, 8)], 2));

    [Fact]
    public void Share_AnyNeeds_FillsTheStepAndGivesNobodyMoreThanItNeeds() =>
        Gen.Select(Gen.Int[1, 200].Array[1, 40], Gen.Int[2, 64], Gen.Bool).Hold(500, seed: 15, given =>
        {
            (int[] needs, int rows, bool running) = given;
            needs = running ? [.. needs.Select(n => n < 150 ? 1 : n)] : needs;

            int[] share = StepPlan.Share([.. needs.Select(n => (n, 0L))], rows);

            Assert.All(share.Zip(needs), s => Assert.InRange(s.First, 0, s.Second));
            Assert.True(share.Sum() <= rows);
            int single = needs.Count(n => n == 1), prompts = needs.Where(n => n > 1).Sum(), kept = prompts == 0 ? 0 : Math.Max(1, rows / 4);
            int served = Math.Min(single, rows - kept);
            Assert.Equal(served, share.Where((_, i) => needs[i] == 1).Sum());
            Assert.Equal(Math.Min(prompts, rows - served), share.Where((_, i) => needs[i] > 1).Sum());
        });
}
