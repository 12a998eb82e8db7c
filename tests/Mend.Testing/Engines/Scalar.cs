using Mend.Tensors;

namespace Mend.Testing;

/// <summary>The element-wise functions and their derivatives in float64, from their definitions.</summary>
public static class Scalar
{
    public static double Value(UnaryOp op, double x) => op switch
    {
        UnaryOp.Relu => Math.Max(x, 0),
        UnaryOp.GeluErf => x * NormalCdf(x),
        UnaryOp.GeluTanh => x / (1 + Math.Exp(-2 * GeluInner(x))),
        UnaryOp.QuickGelu => x * Sigmoid(1.702 * x),
        UnaryOp.Silu => x * Sigmoid(x),
        UnaryOp.Tanh => Math.Tanh(x),
        UnaryOp.Sigmoid => Sigmoid(x),
        UnaryOp.Softplus => Math.Max(x, 0) + Log1P(Math.Exp(-Math.Abs(x))),
        UnaryOp.Exp => Math.Exp(x),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    public static double Slope(UnaryOp op, double x)
    {
        if (op == UnaryOp.Relu)
        {
            return x >= 0 ? 1 : 0;
        }

        double h = 1e-5 * Math.Max(1, Math.Abs(x));
        return ((8 * (Value(op, x + h) - Value(op, x - h))) - (Value(op, x + (2 * h)) - Value(op, x - (2 * h)))) / (12 * h);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double GeluInner(double x) => Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x));

    /// <summary>log(1 + e) without losing small e.</summary>
    private static double Log1P(double e)
    {
        double u = 1 + e;
        return u == 1 ? e : Math.Log(u) * e / (u - 1);
    }

    /// <summary>Φ by the series of the error function near 0 and the continued fraction of its complement in the tail.</summary>
    private static double NormalCdf(double x)
    {
        double z = Math.Abs(x) / Math.Sqrt(2);
        double complement;
        if (z < 2.5)
        {
            double term = z;
            double sum = z;
            for (int n = 1; n < 200; n++)
            {
                term *= -z * z / n;
                sum += term / ((2 * n) + 1);
            }

            complement = 1 - (2 / Math.Sqrt(Math.PI) * sum);
        }
        else
        {
            double fraction = z;
            for (int n = 200; n >= 1; n--)
            {
                fraction = z + (n / 2.0 / fraction);
            }

            complement = Math.Exp(-z * z) / (fraction * Math.Sqrt(Math.PI));
        }

        return x < 0 ? complement / 2 : 1 - (complement / 2);
    }
}
