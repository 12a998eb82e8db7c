using System.Globalization;
using Mend.Tensors;

namespace Mend.Testing;

/// <summary>Seeded inputs, and comparison with a reference in float64.</summary>
public static class Values
{
    public const int Seed = 20220425;

    /// <summary>Normally distributed values.</summary>
    public static float[] Random(long length, int seed = Seed, double scale = 1, double mean = 0)
    {
        Random random = new(seed);
        float[] values = new float[length];
        for (int i = 0; i < values.Length; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = (float)(mean + (scale * radius * Math.Cos(2 * Math.PI * random.NextDouble())));
        }

        return values;
    }

    public static float[] Host(this IEngine engine, Tensor x)
    {
        float[] values = new float[x.Shape.Length];
        engine.ToHost(x, values);
        return values;
    }

    /// <summary>Computes something and brings it to the host; the tensor is disposed.</summary>
    public static float[] Take(this IEngine engine, Tensor x)
    {
        using (x)
        {
            return engine.Host(x);
        }
    }

    /// <summary>|actual − expected| ≤ atol + rtol |expected| everywhere; reports the largest difference and where.</summary>
    public static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double atol, double rtol, string what = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        double worst = 0;
        int at = -1;
        for (int i = 0; i < expected.Length; i++)
        {
            double excess = Excess(expected[i], actual[i], atol, rtol);
            if (!(excess <= worst))
            {
                worst = excess;
                at = i;
            }
        }

        Assert.True(at < 0, at < 0 ? string.Empty : string.Create(
            CultureInfo.InvariantCulture, $"{what}: at {at}: expected {expected[at]:R}, was {actual[at]:R} (atol {atol}, rtol {rtol}, over by {worst})."));
    }

    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double atol, double rtol, string what = "")
    {
        double[] wide = new double[expected.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = expected[i];
        }

        AssertClose(wide, actual, atol, rtol, what);
    }

    private static double Excess(double expected, float actual, double atol, double rtol)
    {
        if (expected == actual || (double.IsNaN(expected) && float.IsNaN(actual)))
        {
            return 0;
        }

        return Math.Abs(actual - expected) - (atol + (rtol * Math.Abs(expected)));
    }
}
