using Mend.Tensors;

namespace Mend.Testing;

public abstract class MatMulTests<TEngines> : EngineSuite<TEngines>
    where TEngines : ITestEngines
{
    public static TheoryData<string, bool, bool> Cases
    {
        get
        {
            TheoryData<string, bool, bool> cases = [];
            foreach (string name in TEngines.Available)
            {
                foreach (bool a in (bool[])[false, true])
                {
                    cases.Add(name, a, false);
                    cases.Add(name, a, true);
                }
            }

            return cases;
        }
    }

    public static TheoryData<string, WeightLayout, DType> Folds
    {
        get
        {
            TheoryData<string, WeightLayout, DType> cases = [];
            foreach (string name in TEngines.Available)
            {
                cases.Add(name, WeightLayout.InOut, DType.BF16);
                cases.Add(name, WeightLayout.OutIn, DType.F32);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void MatMul_AllTranspositions_EqualsReference(string name, bool transposeA, bool transposeB)
    {
        using IEngine engine = TEngines.Create(name);
        foreach ((int batch, int m, int k, int n) in (ReadOnlySpan<(int, int, int, int)>)[(1, 1, 1, 1), (24, 32, 32, 32), (3, 13, 33, 17), (2, 160, 20, 75), (8, 70, 300, 20), (1, 300, 5, 260), (2, 5, 0, 3)])
        {
            Shape sa = transposeA ? [batch, k, m] : [batch, m, k];
            Shape sb = transposeB ? [batch, n, k] : [batch, k, n];
            float[] va = Values.Random(sa.Length, 1);
            float[] vb = Values.Random(sb.Length, 2);
            using Tensor a = engine.FromHost(va, sa);
            using Tensor b = engine.FromHost(vb, sb);
            using Tensor y = engine.MatMul(a, b, transposeA, transposeB);
            Assert.Equal([batch, m, n], y.Shape);
            double[] expected = new double[y.Shape.Length];
            for (int i = 0; i < expected.Length; i++)
            {
                (int matrix, int row, int column) = (i / (m * n), i / n % m, i % n);
                for (int inner = 0; inner < k; inner++)
                {
                    int at = matrix * k * m, bt = matrix * k * n;
                    at += transposeA ? (inner * m) + row : (row * k) + inner;
                    bt += transposeB ? (column * k) + inner : (inner * n) + column;
                    expected[i] += (double)va[at] * vb[bt];
                }
            }

            Values.AssertClose(expected, engine.Host(y), 1e-5 * Math.Sqrt(k + 1), 1e-5, $"{batch}x[{m}x{k}x{n}]");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void MatMul_ShapesThatDoNotFit_Throws(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using Tensor a = engine.Zeros([2, 3, 4]);
        using Tensor b = engine.Zeros([2, 3, 5]);
        using Tensor c = engine.Zeros([3, 4, 5]);
        using Tensor d = engine.Zeros([4, 5]);
        using Tensor v = engine.Zeros([4]);
        Assert.Contains("4 columns", Assert.Throws<ShapeException>(() => engine.MatMul(a, b)).Message, StringComparison.Ordinal);
        Assert.Throws<ShapeException>(() => engine.MatMul(a, c));
        Assert.Throws<ShapeException>(() => engine.MatMul(a, d));
        Assert.Throws<ShapeException>(() => engine.MatMul(v, v));
    }

    [Theory]
    [MemberData(nameof(Folds))]
    public void Fold_Terms_ActsAsTheirSum(string name, WeightLayout layout, DType type)
    {
        using IEngine engine = TEngines.Create(name);
        using StoredWeights stored = new();
        const int Inputs = 70;
        const int Outputs = 45;
        Shape shape = layout == WeightLayout.OutIn ? [Outputs, Inputs] : [Inputs, Outputs];
        using Weight w = engine.LoadWeight(stored.Store("w", shape, Values.Random(Inputs * Outputs, 1), type), layout);
        using Tensor x = engine.FromHost(Values.Random(9 * Inputs, 2), [9, Inputs]);
        using Tensor u1 = engine.FromHost(Values.Random(3 * Inputs, 3), [3, Inputs]);
        using Tensor d1 = engine.FromHost(Values.Random(3 * Outputs, 4), [3, Outputs]);
        using Tensor u2 = engine.FromHost(Values.Random(1 * Inputs, 5), [1, Inputs]);
        using Tensor d2 = engine.FromHost(Values.Random(1 * Outputs, 6), [1, Outputs]);
        using Weight folded = engine.Fold(w, [new LowRankTerm(u1, d1, 0.25f), new LowRankTerm(u2, d2, -2f)]);
        using Tensor expected = engine.Linear(x, w, null);
        foreach ((Tensor u, Tensor d, float step) in (ReadOnlySpan<(Tensor, Tensor, float)>)[(u1, d1, 0.25f), (u2, d2, -2f)])
        {
            using Tensor inner = engine.MatMul(x, u, transposeB: true);
            using Tensor outer = engine.MatMul(inner, d);
            engine.Accumulate(expected, outer, step);
        }

        Assert.Equal((DType.F32, layout, w.Name), (folded.Type, folded.Layout, folded.Name));
        Values.AssertClose(engine.Host(expected), engine.Take(engine.Linear(x, folded, null)), 1e-4, 1e-4);
    }
}
