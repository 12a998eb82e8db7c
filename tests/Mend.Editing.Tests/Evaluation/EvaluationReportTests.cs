namespace Mend.Editing.Tests.Evaluation;

public sealed class EvaluationReportTests
{
    [Fact]
    public void Of_SomeScores_AveragesWhatEachHas()
    {
        EvaluationReport report = EvaluationReport.Of(
        [
            Score(true, 1) with { Generality = 1, Locality = 0.5, Drawdown = 0.5 },
            Score(false, 3) with { Generality = 0.5 },
            Score(true, 5) with { Locality = 1, Drawdown = -0.25 },
        ]);

        Assert.Equal((3, 2 / 3.0, 0.75, 0.75, 0.125, 3.0), (report.Edits, report.EditSuccess, report.Generality, report.Locality, report.Drawdown, report.Loss));
        Assert.Equal(((2 / 3.0) + 0.75) / 2 - 0.125, report.Quality, 1e-12);
    }

    [Fact]
    public void Of_ScoresWithoutAMetric_SaysNotANumberAndLeavesItOutOfTheQuality()
    {
        EvaluationReport report = EvaluationReport.Of([Score(true, 1), Score(false, 1)]);

        Assert.True(double.IsNaN(report.Generality) && double.IsNaN(report.Locality) && double.IsNaN(report.Drawdown));
        Assert.Equal(0.5, report.Quality);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 2)]
    [InlineData(4, 2, 4)]
    [InlineData(20, 10, 19)]
    [InlineData(21, 11, 20)]
    [InlineData(100, 50, 95)]
    public void Of_Times_TakesTheNearestRank(int count, double p50, double p95)
    {
        EvaluationReport report = EvaluationReport.Of([.. Enumerable.Range(1, count).Reverse().Select(i => Score(true, 0) with { Duration = TimeSpan.FromMilliseconds(i) })]);

        Assert.Equal((p50, p95), (report.EditMillisecondsP50, report.EditMillisecondsP95));
    }

    [Fact]
    public void Of_Nothing_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => EvaluationReport.Of([]));

    private static EditScore Score(bool success, double loss) => new() { Id = "1", Success = success, Loss = loss };
}
