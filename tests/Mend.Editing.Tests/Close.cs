using System.Globalization;

namespace Mend.Editing.Tests;

/// <summary>Comparison with a tolerance that says where the largest difference is.</summary>
internal static class Close
{
    /// <summary>|actual − expected| ≤ atol + rtol |expected| everywhere.</summary>
    public static void Check(IReadOnlyList<double> expected, IReadOnlyList<float> actual, double atol, double rtol, string what)
    {
        Assert.Equal(expected.Count, actual.Count);
        (double worst, int at) = (0, -1);
        for (int i = 0; i < expected.Count; i++)
        {
            double over = Math.Abs(actual[i] - expected[i]) - (atol + (rtol * Math.Abs(expected[i])));
            if (!(over <= worst))
            {
                (worst, at) = (over, i);
            }
        }

        Assert.True(at < 0, at < 0 ? string.Empty : string.Create(
            CultureInfo.InvariantCulture, $"{what}: at {at} {expected[at]:R} is wanted and {actual[at]:R} is there (atol {atol}, rtol {rtol}, over by {worst})."));
    }

    public static void Check(IReadOnlyList<float> expected, IReadOnlyList<float> actual, double atol, double rtol, string what) =>
        Check([.. expected.Select(v => (double)v)], actual, atol, rtol, what);
}
