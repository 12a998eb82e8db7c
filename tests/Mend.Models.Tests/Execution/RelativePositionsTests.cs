using Mend.Models.Execution;

namespace Mend.Models.Tests.Execution;

/// <summary>Ranges of distances, 32 of them up to distance 128, as every published T5 has them.</summary>
public sealed class RelativePositionsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 0)]
    [InlineData(-1, 1)]
    [InlineData(-15, 15)]
    [InlineData(-16, 16)]
    [InlineData(-18, 16)]
    [InlineData(-19, 17)]
    [InlineData(-127, 31)]
    [InlineData(-100000, 31)]
    public void Bucket_OfADecoder_KeepsNearDistancesApart(int distance, int bucket) =>
        Assert.Equal(bucket, RelativePositions.Bucket(distance, 32, 128, bothWays: false));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-7, 7)]
    [InlineData(-8, 8)]
    [InlineData(-128, 15)]
    [InlineData(1, 17)]
    [InlineData(7, 23)]
    [InlineData(8, 24)]
    [InlineData(128, 31)]
    public void Bucket_OfAnEncoder_HasHalfForEachDirection(int distance, int bucket) =>
        Assert.Equal(bucket, RelativePositions.Bucket(distance, 32, 128, bothWays: true));

    [Fact]
    public void Bucket_FartherAway_IsNeverASmallerRange()
    {
        int[] buckets = [.. Enumerable.Range(0, 300).Select(d => RelativePositions.Bucket(-d, 32, 128, bothWays: false))];

        Assert.Equal(buckets.Order(), buckets);
        Assert.Equal(Enumerable.Range(0, 32), buckets.Distinct());
    }
}
