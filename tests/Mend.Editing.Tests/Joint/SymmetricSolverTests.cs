namespace Mend.Editing.Tests.Joint;

/// <summary>Sizes around the solver's blocks, against elimination with pivots written here.</summary>
public sealed class SymmetricSolverTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(63, 5)]
    [InlineData(64, 17)]
    [InlineData(65, 40)]
    [InlineData(200, 33)]
    public void Solve_PositiveDefinite_IsTheSolution(int n, int columns)
    {
        double[] a = DenseMath.PositiveDefinite(n, seed: n);
        double[] b = DenseMath.Wide(Values.Random((long)n * columns, 900 + n));
        double[] expected = DenseMath.Solve(a, n, b, columns);
        double[] x = [.. b];

        SymmetricSolver.Factor([.. a], n).Solve(x, columns);

        double size = expected.Max(Math.Abs);
        Assert.All(expected.Zip(x), p => Assert.Equal(p.First, p.Second, 1e-10 * size));
    }

    /// <summary>What stands above the diagonal is not read.</summary>
    [Fact]
    public void Factor_UpperTriangle_DoesNotMatter()
    {
        const int n = 70;
        double[] a = DenseMath.PositiveDefinite(n, seed: 4), spoilt = [.. a];
        for (int i = 0; i < n; i++)
        {
            Array.Fill(spoilt, double.NaN, (i * n) + i + 1, n - i - 1);
        }

        double[] one = DenseMath.Wide(Values.Random(n, 5)), two = [.. one];
        SymmetricSolver.Factor([.. a], n).Solve(one, 1);
        SymmetricSolver.Factor(spoilt, n).Solve(two, 1);

        Assert.Equal(one, two);
    }

    /// <summary>Columns are shared out to threads; a column's bits are the same alone.</summary>
    [Fact]
    public void Solve_OneColumnOfMany_HasTheBitsOfTheColumnAlone()
    {
        const int n = 65, columns = 100;
        SymmetricSolver solver = SymmetricSolver.Factor(DenseMath.PositiveDefinite(n, seed: 6), n);
        double[] all = DenseMath.Wide(Values.Random(n * columns, 7));
        double[] alone = [.. Enumerable.Range(0, n).Select(i => all[(i * columns) + 61])];

        solver.Solve(all, columns);
        solver.Solve(alone, 1);

        Assert.Equal(alone, Enumerable.Range(0, n).Select(i => all[(i * columns) + 61]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(129)]
    public void Factor_Indefinite_NamesThePivot(int pivot)
    {
        const int n = 130;
        double[] a = DenseMath.PositiveDefinite(n, seed: 8);
        a[(pivot * n) + pivot] = -1;

        Assert.Contains($"pivot {pivot} ", Assert.Throws<ArithmeticException>(() => SymmetricSolver.Factor(a, n)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Factor_NotANumber_IsRefused()
    {
        double[] a = DenseMath.PositiveDefinite(3, seed: 9);
        a[3] = double.NaN;

        Assert.Throws<ArithmeticException>(() => SymmetricSolver.Factor(a, 3));
    }
}
