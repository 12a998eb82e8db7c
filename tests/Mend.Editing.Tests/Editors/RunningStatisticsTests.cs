namespace Mend.Editing.Tests.Editors;

public sealed class RunningStatisticsTests
{
    private const int Size = 5;

    [Theory]
    [InlineData(2, 1.0, 0.0)]
    [InlineData(40, 3.0, -7.0)]
    [InlineData(1000, 1e-4, 1000.0)]
    public void Add_AnyRows_AreTheTwoPassFormulas(int rows, double scale, double mean)
    {
        float[] data = Values.Random(rows * Size, 1, scale, mean);
        RunningStatistics statistics = new(Size);

        statistics.Add(data);

        Assert.Equal(rows, statistics.Count);
        for (int i = 0; i < Size; i++)
        {
            double[] column = [.. Enumerable.Range(0, rows).Select(r => (double)data[(r * Size) + i])];
            double average = column.Average();
            Assert.Equal(average, statistics.Mean[i], 1e-12 * Math.Max(1, Math.Abs(average)));
            Assert.Equal(Math.Sqrt(column.Sum(x => (x - average) * (x - average)) / (rows - 1)), statistics.StandardDeviation(i), 1e-9 * scale);
        }
    }

    [Fact]
    public void Add_InParts_IsTheSameAsAtOnce()
    {
        float[] data = Values.Random(30 * Size, 2);
        RunningStatistics whole = new(Size);
        RunningStatistics parts = new(Size);

        whole.Add(data);
        parts.Add(data.AsSpan(0, 7 * Size));
        parts.Add([]);
        parts.Add(data.AsSpan(7 * Size));

        Assert.Equal(whole.Mean, parts.Mean);
        Assert.Equal(whole.SquaredDeviations, parts.SquaredDeviations);
        Assert.Equal(whole.Count, parts.Count);
    }

    [Fact]
    public void Normalize_TheRowsSeen_GivesMeanZeroAndDeviationOne()
    {
        float[] data = Values.Random(200 * Size, 3, 4, 9);
        RunningStatistics statistics = new(Size);
        statistics.Add(data);

        float[] normal = statistics.Normalize(data);

        RunningStatistics after = new(Size);
        after.Add(normal);
        Assert.All(after.Mean, m => Assert.Equal(0, m, 1e-6));
        Assert.All(Enumerable.Range(0, Size), i => Assert.Equal(1, after.StandardDeviation(i), 1e-6));
    }

    [Fact]
    public void Normalize_AnEntryThatNeverChanges_DividesByEpsilon()
    {
        RunningStatistics statistics = new(1);
        statistics.Add([2, 2, 2]);

        Assert.Equal([0f, 1e7f], statistics.Normalize([2, 3]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Normalize_FewerThanTwoRows_SaysWhatToDo(int rows)
    {
        RunningStatistics statistics = new(1);
        statistics.Add(new float[rows]);

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => statistics.Normalize([1]));

        Assert.Contains($"seen {rows} rows", error.Message, StringComparison.Ordinal);
        Assert.Contains("train the editor", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Copy_AddingToIt_LeavesTheOriginal()
    {
        RunningStatistics statistics = new(1);
        statistics.Add([1, 2]);

        RunningStatistics copy = statistics.Copy();
        copy.Add([100]);

        Assert.Equal((2, 1.5), (statistics.Count, statistics.Mean[0]));
        Assert.Equal(3, copy.Count);
    }
}
