namespace Mend.Editing.Tests;

/// <summary>Seeded inputs.</summary>
internal static class Randoms
{
    /// <summary>Normally distributed values.</summary>
    public static float[] Normal(long length, int seed, double scale = 1, double mean = 0)
    {
        Random random = new(seed);
        float[] values = new float[length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(mean + (scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));
        }

        return values;
    }
}
