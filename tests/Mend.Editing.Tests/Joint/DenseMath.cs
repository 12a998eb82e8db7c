namespace Mend.Editing.Tests.Joint;

/// <summary>Small dense algebra in float64, row-major, as a textbook has it: what the tested code must agree with.</summary>
internal static class DenseMath
{
    public static double[] Wide(float[] values) => [.. values.Select(v => (double)v)];

    /// <summary>A Aᵀ / n + I of a random A.</summary>
    public static double[] PositiveDefinite(int n, int seed)
    {
        double[] a = Wide(Values.Random((long)n * n, seed));
        double[] result = Multiply(a, Transpose(a, n, n), n, n, n);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = (result[i] / n) + (i % (n + 1) == 0 ? 1 : 0);
        }

        return result;
    }

    public static double[] Transpose(double[] a, int rows, int columns) =>
        [.. Enumerable.Range(0, columns).SelectMany(c => Enumerable.Range(0, rows).Select(r => a[(r * columns) + c]))];

    /// <summary>A [rows, inner] times B [inner, columns].</summary>
    public static double[] Multiply(double[] a, double[] b, int rows, int inner, int columns)
    {
        double[] result = new double[rows * columns];
        for (int r = 0; r < rows; r++)
        {
            for (int k = 0; k < inner; k++)
            {
                for (int c = 0; c < columns; c++)
                {
                    result[(r * columns) + c] += a[(r * inner) + k] * b[(k * columns) + c];
                }
            }
        }

        return result;
    }

    /// <summary>A⁻¹ B by Gauss and Jordan, with pivots.</summary>
    public static double[] Solve(double[] a, int n, double[] b, int columns)
    {
        double[] left = [.. a], right = [.. b];
        for (int p = 0; p < n; p++)
        {
            int best = Enumerable.Range(p, n - p).MaxBy(r => Math.Abs(left[(r * n) + p]));
            Swap(left, p, best, n);
            Swap(right, p, best, columns);
            for (int r = 0; r < n; r++)
            {
                if (r != p)
                {
                    double factor = left[(r * n) + p] / left[(p * n) + p];
                    Subtract(left, r, p, factor, n);
                    Subtract(right, r, p, factor, columns);
                }
            }
        }

        return [.. right.Select((v, i) => v / left[(i / columns * n) + (i / columns)])];
    }

    private static void Swap(double[] a, int one, int two, int width)
    {
        for (int c = 0; c < width; c++)
        {
            (a[(one * width) + c], a[(two * width) + c]) = (a[(two * width) + c], a[(one * width) + c]);
        }
    }

    private static void Subtract(double[] a, int row, int from, double factor, int width)
    {
        for (int c = 0; c < width; c++)
        {
            a[(row * width) + c] -= factor * a[(from * width) + c];
        }
    }
}
