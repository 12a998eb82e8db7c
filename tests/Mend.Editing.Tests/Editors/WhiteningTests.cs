using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Editing.Tests.Editors;

/// <summary>C^(−k/2) without an eigen-decomposition: its powers are compared with C itself.</summary>
public sealed class WhiteningTests : IDisposable
{
    private const int Size = 6;
    private const int Rows = 300;
    private const float Ridge = 0.01f;

    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void Matrix_HalfPowerOne_ItsSquareTimesTheCovarianceIsAMultipleOfTheIdentity()
    {
        double[,] m = Matrix(1);

        IsMultipleOfIdentity(Product(Product(m, m), Covariance()));
    }

    [Fact]
    public void Matrix_HalfPowerTwo_TimesTheCovarianceIsAMultipleOfTheIdentity() => IsMultipleOfIdentity(Product(Matrix(2), Covariance()));

    [Fact]
    public void Matrix_HalfPowerThree_ItsSquareTimesTheCubedCovarianceIsAMultipleOfTheIdentity()
    {
        (double[,] m, double[,] c) = (Matrix(3), Covariance());

        IsMultipleOfIdentity(Product(Product(m, m), Product(c, Product(c, c))), 0.02);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Matrix_AnyHalfPower_IsSymmetricAndWhitensToUnitRootMeanSquare(int halfPower)
    {
        double[,] m = Matrix(halfPower);
        float[] x = Inputs();
        double sum = 0;
        for (int r = 0; r < Rows; r++)
        {
            for (int j = 0; j < Size; j++)
            {
                double y = Enumerable.Range(0, Size).Sum(i => x[(r * Size) + i] * m[i, j]);
                sum += y * y;
            }
        }

        Assert.Equal(1, Math.Sqrt(sum / x.Length), 1e-4);
        Assert.All(Enumerable.Range(0, Size * Size), at => Assert.Equal(m[at / Size, at % Size], m[at % Size, at / Size], 1e-3 * Math.Abs(m[0, 0])));
    }

    [Fact]
    public void Matrix_FewerRowsThanInputs_IsFiniteBecauseOfTheRidge()
    {
        float[] few = Values.Random(2 * Size, 5);

        Assert.All(Whitening.Matrix(_engine, few, Size, 3, Ridge), v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void Matrix_Done_GivesEveryTensorBack()
    {
        Whitening.Matrix(_engine, Inputs(), Size, 3, Ridge);

        Assert.Equal(0, _engine.LiveTensors);
    }

    /// <summary>Inputs of very different spread that hang together.</summary>
    private static float[] Inputs()
    {
        float[] x = Values.Random(Rows * Size, 4);
        for (int r = 0; r < Rows; r++)
        {
            for (int i = 0; i < Size; i++)
            {
                x[(r * Size) + i] = (x[(r * Size) + i] * (0.2f + (0.4f * i))) + (0.5f * x[r * Size]);
            }
        }

        return x;
    }

    private double[,] Matrix(int halfPower)
    {
        float[] values = Whitening.Matrix(_engine, Inputs(), Size, halfPower, Ridge);
        double[,] m = new double[Size, Size];
        Buffer.BlockCopy(Array.ConvertAll(values, v => (double)v), 0, m, 0, values.Length * sizeof(double));
        return m;
    }

    private static double[,] Covariance()
    {
        float[] x = Inputs();
        double[,] c = new double[Size, Size];
        for (int i = 0; i < Size; i++)
        {
            for (int j = 0; j < Size; j++)
            {
                c[i, j] = (Enumerable.Range(0, Rows).Sum(r => (double)x[(r * Size) + i] * x[(r * Size) + j]) / Rows) + (i == j ? Ridge + ((float)Size / Rows) : 0);
            }
        }

        return c;
    }

    private static double[,] Product(double[,] a, double[,] b)
    {
        double[,] c = new double[Size, Size];
        for (int i = 0; i < Size; i++)
        {
            for (int j = 0; j < Size; j++)
            {
                c[i, j] = Enumerable.Range(0, Size).Sum(k => a[i, k] * b[k, j]);
            }
        }

        return c;
    }

    private static void IsMultipleOfIdentity(double[,] m, double tolerance = 2e-3)
    {
        double mean = Enumerable.Range(0, Size).Average(i => m[i, i]);
        for (int i = 0; i < Size; i++)
        {
            for (int j = 0; j < Size; j++)
            {
                double error = Math.Abs((m[i, j] / mean) - (i == j ? 1 : 0));
                Assert.True(error <= tolerance, $"({i}, {j}) is {m[i, j] / mean} of the mean diagonal {mean}, off by {error}.");
            }
        }
    }
}
