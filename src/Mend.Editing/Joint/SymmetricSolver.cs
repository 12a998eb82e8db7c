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
    private readonly Lazy<double[]> _transposed;

    private SymmetricSolver(double[] l, int n)
    {
        (_l, _n) = (l, n);
        _transposed = new Lazy<double[]>(Transposed);
    }

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
                Reduce(a, n, j, start, j);
                DotProducts.Subtract(a.AsSpan((j * n) + start), n, 1, a.AsSpan((j * n) + start), n, 1, j - start, a.AsSpan((j * n) + j), n);
                double pivot = a[(j * n) + j];
                a[(j * n) + j] = pivot > 0 && double.IsFinite(pivot) ? Math.Sqrt(pivot) : throw new ArithmeticException(
                    $"The matrix of {n} rows is not positive definite: pivot {j} is {pivot}.");
            }

            // The rows below: their part of this block's columns, then what those take from all columns that follow.
            Parallel.For(end, n, i => Reduce(a, n, i, start, end));
            int panels = (n - end + Block - 1) / Block;
            Parallel.For(0, panels, p =>
            {
                // The longest first; a panel also writes above the diagonal, where nobody reads.
                int from = end + ((panels - 1 - p) * Block), to = Math.Min(n, from + Block);
                DotProducts.Subtract(
                    a.AsSpan((from * n) + start), n, to - from, a.AsSpan((end * n) + start), n, to - end, end - start, a.AsSpan((from * n) + end), n);
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

    /// <summary>Row i of L in the columns from <paramref name="start"/>, given those of the block's rows above.</summary>
    private static void Reduce(double[] a, int n, int i, int start, int end)
    {
        for (int k = start; k < end; k++)
        {
            DotProducts.Subtract(a.AsSpan((i * n) + start), n, 1, a.AsSpan((k * n) + start), n, 1, k - start, a.AsSpan((i * n) + k), n);
            a[(i * n) + k] /= a[(k * n) + k];
        }
    }

    /// <summary>Columns are independent of one another, so each thread takes some of them, as rows of their own, through all rows.</summary>
    private void Solve(double[] b, int columns, bool lower, bool upper)
    {
        double[]? transposed = upper ? _transposed.Value : null;
        int parts = Math.Clamp(columns / 16, 1, Environment.ProcessorCount);
        Parallel.For(0, parts, part =>
        {
            int from = columns * part / parts, width = (columns * (part + 1) / parts) - from;
            double[] x = new double[width * _n];
            for (int i = 0; i < _n; i++)
            {
                for (int c = 0; c < width; c++)
                {
                    x[(c * _n) + i] = b[(i * columns) + from + c];
                }
            }

            for (int start = 0; lower && start < _n; start += Block)
            {
                int end = Math.Min(_n, start + Block);
                DotProducts.Subtract(x, _n, width, _l.AsSpan(start * _n), _n, end - start, start, x.AsSpan(start), _n);
                for (int i = start; i < end; i++)
                {
                    DotProducts.Subtract(x.AsSpan(start), _n, width, _l.AsSpan((i * _n) + start), _n, 1, i - start, x.AsSpan(i), _n);
                    Divide(x, i, _l[(i * _n) + i]);
                }
            }

            for (int start = (_n - 1) / Block * Block; upper && start >= 0; start -= Block)
            {
                int end = Math.Min(_n, start + Block);
                DotProducts.Subtract(x.AsSpan(end % _n), _n, end == _n ? 0 : width, transposed.AsSpan((start * _n) + (end % _n)), _n, end - start, _n - end, x.AsSpan(start), _n);
                for (int i = end - 1; i >= start; i--)
                {
                    DotProducts.Subtract(x.AsSpan((i + 1) % _n), _n, i + 1 == end ? 0 : width, transposed.AsSpan((i * _n) + ((i + 1) % _n)), _n, 1, end - i - 1, x.AsSpan(i), _n);
                    Divide(x, i, _l[(i * _n) + i]);
                }
            }

            for (int i = 0; i < _n; i++)
            {
                for (int c = 0; c < width; c++)
                {
                    b[(i * columns) + from + c] = x[(c * _n) + i];
                }
            }
        });

        void Divide(double[] x, int i, double pivot)
        {
            for (int at = i; at < x.Length; at += _n)
            {
                x[at] /= pivot;
            }
        }
    }

    /// <summary>Lᵀ.</summary>
    private double[] Transposed()
    {
        double[] u = new double[_l.Length];
        for (int i = 0; i < _n; i++)
        {
            for (int k = 0; k <= i; k++)
            {
                u[(k * _n) + i] = _l[(i * _n) + k];
            }
        }

        return u;
    }
}
