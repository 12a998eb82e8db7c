using Mend.Tensors;

namespace Mend.Testing;

public abstract class BroadcastTests<TEngines> : EngineSuite<TEngines>
    where TEngines : ITestEngines
{
    public static TheoryData<string, int[], int[]> Cases
    {
        get
        {
            (int[] A, int[] B)[] shapes =
            [
                ([3, 5], [3, 5]), ([70, 300], [300]), ([300], [70, 300]), ([7, 1], [7, 33]), ([1], [4, 17]), ([2, 3, 40], [2, 1, 40]),
                ([2, 4, 5, 6], [1, 4, 1, 6]), ([2, 1, 1, 9], [2, 3, 8, 9]), ([5, 1], [1, 6]), ([2, 1, 3, 1], [1, 4, 1, 5]), ([200, 257], [1, 1]),
                ([1, 1], [1]), ([0, 4], [4]), ([40000], [40000]), ([3, 40000], [40000]), ([2, 3, 1], [2, 1, 1]),
            ];
            TheoryData<string, int[], int[]> cases = [];
            foreach (string name in TEngines.Available)
            {
                foreach ((int[] a, int[] b) in shapes)
                {
                    cases.Add(name, a, b);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AddAndMultiply_BroadcastShapes_EqualReference(string name, int[] a, int[] b)
    {
        using IEngine engine = TEngines.Create(name);
        (Shape sa, Shape sb) = (new Shape(a), new Shape(b));
        (float[] va, float[] vb) = (Values.Random(sa.Length, 1), Values.Random(sb.Length, 2));
        using Tensor ta = engine.FromHost(va, sa);
        using Tensor tb = engine.FromHost(vb, sb);
        using Tensor sum = engine.Add(ta, tb);
        using Tensor product = engine.Multiply(ta, tb);
        double[] wideA = Indexing.Expand(va, sa, sum.Shape);
        double[] wideB = Indexing.Expand(vb, sb, sum.Shape);
        Values.AssertClose([.. wideA.Zip(wideB, (x, y) => (double)(float)(x + y))], engine.Host(sum), 1e-7, 1e-7);
        Values.AssertClose([.. wideA.Zip(wideB, (x, y) => (double)(float)(x * y))], engine.Host(product), 1e-7, 1e-7);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ExpandAndSumTo_BroadcastShapes_AreTransposes(string name, int[] a, int[] b)
    {
        using IEngine engine = TEngines.Create(name);
        (Shape sa, Shape sb) = (new Shape(a), new Shape(b));
        using Tensor probe = engine.Zeros(sa);
        using Tensor other = engine.Zeros(sb);
        using Tensor common = engine.Add(probe, other);
        Shape to = common.Shape;
        float[] small = Values.Random(sa.Length, 3);
        float[] large = Values.Random(to.Length, 4);
        using Tensor x = engine.FromHost(small, sa);
        using Tensor y = engine.FromHost(large, to);
        Values.AssertClose(Indexing.Expand(small, sa, to), engine.Take(engine.Expand(x, to)), 0, 0, "expand");
        Values.AssertClose(Indexing.SumTo(large, to, sa), engine.Take(engine.SumTo(y, sa)), 1e-4, 1e-5, "sum");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Add_ShapesThatDoNotBroadcast_NamesBoth(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using Tensor a = engine.Zeros([2, 3]);
        using Tensor b = engine.Zeros([2, 4]);
        ShapeException e = Assert.Throws<ShapeException>(() => engine.Add(a, b));
        Assert.Contains("[2, 3]", e.Message, StringComparison.Ordinal);
        Assert.Contains("[2, 4]", e.Message, StringComparison.Ordinal);
        Assert.Throws<ShapeException>(() => engine.Expand(a, [3, 3]));
        Assert.Throws<ShapeException>(() => engine.SumTo(a, [2, 2]));
        Assert.Throws<ShapeException>(() => engine.SumTo(a, [2, 2, 3]));
    }
}
