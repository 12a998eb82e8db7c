namespace Mend.Editing;

/// <summary>
/// Mean and standard deviation per entry of all rows seen (Welford, 1962). Kept in float64, so that the order of rows
/// matters less than float32 can show. Not thread-safe.
/// </summary>
public sealed class RunningStatistics
{
    /// <summary>Added to the standard deviation before dividing by it.</summary>
    public const double Epsilon = 1e-7;

    /// <summary>Creates empty statistics.</summary>
    /// <param name="size">Entries of a row.</param>
    public RunningStatistics(int size)
    {
        Mean = new double[size];
        SquaredDeviations = new double[size];
    }

    /// <summary>Rows seen.</summary>
    public long Count { get; set; }

    /// <summary>Mean of each entry.</summary>
    public double[] Mean { get; }

    /// <summary>Sum of squared deviations from the mean of each entry.</summary>
    public double[] SquaredDeviations { get; }

    /// <summary>Adds rows, in order.</summary>
    /// <param name="rows">Row-major, whole rows.</param>
    public void Add(ReadOnlySpan<float> rows)
    {
        for (; !rows.IsEmpty; rows = rows[Mean.Length..])
        {
            Count++;
            for (int i = 0; i < Mean.Length; i++)
            {
                double before = rows[i] - Mean[i];
                Mean[i] += before / Count;
                SquaredDeviations[i] += before * (rows[i] - Mean[i]);
            }
        }
    }

    /// <summary>Sample standard deviation of an entry; NaN before the second row.</summary>
    /// <param name="i">The entry.</param>
    public double StandardDeviation(int i) => Math.Sqrt(SquaredDeviations[i] / (Count - 1));

    /// <summary>(x − mean)/(std + 1e-7) of every row.</summary>
    /// <param name="rows">Row-major, whole rows.</param>
    /// <exception cref="InvalidOperationException">Fewer than two rows were ever seen.</exception>
    public float[] Normalize(ReadOnlySpan<float> rows)
    {
        if (Count < 2)
        {
            throw new InvalidOperationException($"The statistics have seen {Count} rows and need two; train the editor first.");
        }

        double[] scale = new double[Mean.Length];
        for (int i = 0; i < scale.Length; i++)
        {
            scale[i] = 1 / (StandardDeviation(i) + Epsilon);
        }

        float[] result = new float[rows.Length];
        for (int at = 0; at < rows.Length; at += Mean.Length)
        {
            for (int i = 0; i < Mean.Length; i++)
            {
                result[at + i] = (float)((rows[at + i] - Mean[i]) * scale[i]);
            }
        }

        return result;
    }

    /// <summary>An independent copy.</summary>
    public RunningStatistics Copy()
    {
        RunningStatistics copy = new(Mean.Length) { Count = Count };
        Mean.CopyTo(copy.Mean, 0);
        SquaredDeviations.CopyTo(copy.SquaredDeviations, 0);
        return copy;
    }
}
