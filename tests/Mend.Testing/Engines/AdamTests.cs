using Mend.Tensors;

namespace Mend.Testing;

public abstract class AdamTests<TEngines> : EngineSuite<TEngines>
    where TEngines : ITestEngines
{
    [Theory]
    [MemberData(nameof(Names))]
    public void AdamStep_SeveralSteps_EqualsReference(string name)
    {
        using IEngine engine = TEngines.Create(name);
        const int N = 20_011;
        float[] start = Values.Random(N, 1);
        double[] p = [.. start.Select(v => (double)v)];
        double[] m = new double[N];
        double[] v = new double[N];
        using Tensor tp = engine.FromHost(start, [N]);
        using Tensor tm = engine.Zeros([N]);
        using Tensor tv = engine.Zeros([N]);
        for (int step = 1; step <= 3; step++)
        {
            float[] g = Values.Random(N, 10 + step);
            using Tensor tg = engine.FromHost(g, [N]);
            engine.AdamStep(tp, tm, tv, tg, new AdamSettings(1e-3f, 0.9f, 0.999f, 1e-8f, step, 0.5f));
            for (int i = 0; i < N; i++)
            {
                double gradient = 0.5 * g[i];
                m[i] = (0.9 * m[i]) + (0.1 * gradient);
                v[i] = (0.999 * v[i]) + (0.001 * gradient * gradient);
                p[i] -= 1e-3 * (m[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
            }
        }

        Values.AssertClose(p, engine.Host(tp), 1e-6, 1e-6);
        Values.AssertClose(m, engine.Host(tm), 1e-7, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AdamStep_StepZeroOrOtherShapes_Throws(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using Tensor a = engine.Zeros([3]);
        using Tensor b = engine.Zeros([4]);
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.AdamStep(a, a, a, a, new AdamSettings(1, 0.9f, 0.999f, 1e-8f, 0)));
        Assert.Throws<ShapeException>(() => engine.AdamStep(a, a, a, b, new AdamSettings(1, 0.9f, 0.999f, 1e-8f, 1)));
    }
}
