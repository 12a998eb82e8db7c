using Mend.Tensors;

namespace Mend.Testing;

public abstract class UnaryTests<TEngines> : EngineSuite<TEngines>
    where TEngines : ITestEngines
{
    public static TheoryData<string, UnaryOp> Cases
    {
        get
        {
            TheoryData<string, UnaryOp> cases = [];
            foreach (string name in TEngines.Available)
            {
                foreach (UnaryOp op in Enum.GetValues<UnaryOp>())
                {
                    cases.Add(name, op);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Unary_WholeRange_HasFloatAccuracy(string name, UnaryOp op)
    {
        using IEngine engine = TEngines.Create(name);
        float[] values = Range();
        using Tensor x = engine.FromHost(values, [values.Length]);
        double[] expected = [.. values.Select(v => Scalar.Value(op, v))];

        // Far out in the gelus' tails the rounding of the exponent shows; there the values are below 1e-8.
        bool gelu = op is UnaryOp.GeluErf or UnaryOp.GeluTanh or UnaryOp.QuickGelu;
        Values.AssertClose(expected, engine.Take(engine.Unary(op, x)), gelu ? 1e-14 : 1e-37, 1.5e-6 * TEngines.ActivationSlack, op.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void UnaryGradient_WholeRange_EqualsDifferenceQuotient(string name, UnaryOp op)
    {
        using IEngine engine = TEngines.Create(name);
        float[] values = [.. Range().Where(v => Math.Abs(v) < 20)];
        float[] weights = Values.Random(values.Length);
        using Tensor x = engine.FromHost(values, [values.Length]);
        using Tensor dy = engine.FromHost(weights, [values.Length]);
        double[] expected = [.. values.Select((v, i) => weights[i] * Scalar.Slope(op, v))];
        Values.AssertClose(expected, engine.Take(engine.UnaryGradient(op, x, dy)), 1e-6, 2e-6, op.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Unary_ExtremeValues_ApproachesItsLimits(string name, UnaryOp op)
    {
        using IEngine engine = TEngines.Create(name);
        using Tensor x = engine.FromHost([-1e30f, -200f, 200f, 1e30f, float.NaN], [5]);
        float[] y = engine.Take(engine.Unary(op, x));
        (float low, float high) = op switch
        {
            UnaryOp.Tanh => (-1f, 1f),
            UnaryOp.Sigmoid => (0f, 1f),
            UnaryOp.Exp => (0f, float.PositiveInfinity),
            _ => (0f, 1e30f),
        };
        Assert.Equal([low, low], y[..2]);
        Assert.Equal(high, y[3]);
        Assert.True(float.IsNaN(y[4]), $"{op}(NaN) is {y[4]}.");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Unary_ElementAnywhere_HasTheSameBits(string name, UnaryOp op)
    {
        using IEngine engine = TEngines.Create(name);
        float[] values = Values.Random(67);
        using Tensor x = engine.FromHost(values, [67]);
        using Tensor shifted = engine.FromHost(values[5..], [62]);
        Assert.Equal(engine.Take(engine.Unary(op, x))[5..], engine.Take(engine.Unary(op, shifted)));
    }

    private static float[] Range()
    {
        List<float> values = [0f];
        for (float v = 1e-6f; v < 85f; v *= 1.07f)
        {
            values.Add(v);
            values.Add(-v);
        }

        return [.. values];
    }
}
