using Mend.Tensors;

namespace Mend.Testing;

/// <summary>Compares a gradient with difference quotients of L(x) = Σ weights ⊙ f(x).</summary>
public static class FiniteDifferences
{
    private const float Step = 1e-2f;

    public static void Check(IEngine engine, string what, Shape shape, Func<Tensor, Tensor> f, Func<Tensor, Tensor, Tensor> gradient)
    {
        float[] values = Values.Random(shape.Length, 11);
        using Tensor x = engine.FromHost(values, shape);
        using Tensor y = f(x);
        float[] weights = Values.Random(y.Shape.Length, 12);
        using Tensor dy = engine.FromHost(weights, y.Shape);
        float[] actual = engine.Take(gradient(x, dy));
        double[] expected = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            // Fourth order: the step may be large, so that float32's rounding of L does not show.
            double near = Loss(Step) - Loss(-Step);
            double far = Loss(2 * Step) - Loss(-2 * Step);
            expected[i] = ((8 * near) - far) / (12 * Step);

            double Loss(float move)
            {
                float[] moved = (float[])values.Clone();
                moved[i] += move;
                using Tensor input = engine.FromHost(moved, shape);
                return engine.Take(f(input)).Zip(weights, (a, b) => (double)a * b).Sum();
            }
        }

        Values.AssertClose(expected, actual, 2e-4, 2e-3, what);
    }
}
