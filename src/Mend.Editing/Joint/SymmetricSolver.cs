using System.Numerics.Tensors;

namespace Mend.Editing;

/// <summary>
/// Solves A X = B for a symmetric positive definite A by Cholesky's factorization A = L Lᵀ in float64. One thread decides each entry, in one
/// order, so that equal input gives equal bits on every machine and with any number of threads.
/// </summary>
internal sealed class SymmetricSolver
{
    /// <summary>Rows that are finished together: few enough to stay in a core's cache.</summary>
    private const int Block = 64;

    private readonly double[] _l;
    private readonly int _n;

    private SymmetricSolver(double[] l, int n) => (_l, _n) = (l, n);

    /// <summary>Factors a matrix.</summary>
    /// <param name="a">A, row-major [n, n], of which the lower triangle is read; overwritten.</param>
    /// <param name="n">Rows.</param>
    /// <exception cref="ArithmeticException">A is not positive definite, or holds a number that is not finite.</exception>
    public static SymmetricSolver Factor(double[] a, int n)
    {
        for (int start = 0; start < n; start += Block)
        {
            int end = Math.Min(n, start + Block);
            for (int j = start; j < end; j++)
            {
                Span<double> row = a.AsSpan(j * n, j + 1);
                for (int k = start; k < j; k++)
                {
                    row[k] = (row[k] - TensorPrimitives.Dot<double>(row[start..k], a.AsSpan((k * n) + start, k - start))) / a[(k * n) + k];
                }

                double pivot = row[j] - TensorPrimitives.SumOfSquares<double>(row[start..j]);
                row[j] = pivot > 0 && double.IsFinite(pivot) ? Math.Sqrt(pivot) : throw new ArithmeticException(
                    $"The matrix of {n} rows is not positive definite: pivot {j} is {pivot}.");
            }

            // The rows below: their part of this block's columns, then what those take from all columns that follow.
            Parallel.For(end, n, i =>
            {
                Span<double> row = a.AsSpan(i * n, i + 1);
                for (int k = start; k < end; k++)
                {
                    row[k] = (row[k] - TensorPrimitives.Dot<double>(row[start..k], a.AsSpan((k * n) + start, k - start))) / a[(k * n) + k];
                }
            });
            Parallel.For(end, n, i =>
            {
                Span<double> row = a.AsSpan(i * n, i + 1);
                Span<double> own = row[start..end];
                for (int k = end; k <= i; k++)
                {
                    row[k] -= TensorPrimitives.Dot<double>(own, a.AsSpan((k * n) + start, end - start));
                }
            });
        }

        return new SymmetricSolver(a, n);
    }

    /// <summary>Solves A X = B in place.</summary>
    /// <param name="b">B, row-major [n, columns]; X afterwards.</param>
    /// <param name="columns">Columns.</param>
    public void Solve(double[] b, int columns) => Solve(b, columns, lower: true, upper: true);

    /// <summary>Solves L X = B in place.</summary>
    /// <param name="b">B, row-major [n, columns]; X afterwards.</param>
    /// <param name="columns">Columns.</param>
    public void SolveLower(double[] b, int columns) => Solve(b, columns, lower: true, upper: false);

    /// <summary>Solves Lᵀ X = B in place.</summary>
    /// <param name="b">B, row-major [n, columns]; X afterwards.</param>
    /// <param name="columns">Columns.</param>
    public void SolveUpper(double[] b, int columns) => Solve(b, columns, lower: false, upper: true);

    private void Solve(double[] b, int columns, bool lower, bool upper)
    {
        // Columns are independent of one another, so each thread takes some of them through all rows.
        int parts = Math.Clamp(columns / 16, 1, Environment.ProcessorCount);
        Parallel.For(0, parts, part =>
        {
            int from = columns * part / parts, width = (columns * (part + 1) / parts) - from;
            Span<double> Row(int i) => b.AsSpan((i * columns) + from, width);
            for (int i = 0; lower && i < _n; i++)
            {
                for (int k = 0; k < i; k++)
                {
                    TensorPrimitives.MultiplyAdd<double>(Row(k), -_l[(i * _n) + k], Row(i), Row(i));
                }

                TensorPrimitives.Divide(Row(i), _l[(i * _n) + i], Row(i));
            }

            for (int i = _n - 1; upper && i >= 0; i--)
            {
                TensorPrimitives.Divide(Row(i), _l[(i * _n) + i], Row(i));
                for (int k = 0; k < i; k++)
                {
                    TensorPrimitives.MultiplyAdd<double>(Row(i), -_l[(i * _n) + k], Row(k), Row(k));
                }
            }
        });
    }
}
