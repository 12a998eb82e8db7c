namespace Mend.Editing;

/// <summary>Adam (Kingma and Ba, 2015) over one array in host memory, for what is found anew for each edit or version. One thread at a time.</summary>
/// <param name="size">Values of the array.</param>
/// <param name="beta2">Decay of the second moment.</param>
internal sealed class HostAdam(int size, float beta2)
{
    private const float Beta1 = 0.9f;
    private const float Epsilon = 1e-8f;

    private readonly float[] _first = new float[size];
    private readonly float[] _second = new float[size];
    private int _steps;

    /// <summary>Takes one step.</summary>
    /// <param name="values">Changed in place.</param>
    /// <param name="gradient">Of the same length.</param>
    /// <param name="rate">The rate.</param>
    /// <param name="decay">Added to the gradient as a multiple of the values.</param>
    public void Step(float[] values, ReadOnlySpan<float> gradient, float rate, float decay)
    {
        _steps++;
        float correction1 = 1 - MathF.Pow(Beta1, _steps), correction2 = 1 - MathF.Pow(beta2, _steps);
        for (int i = 0; i < values.Length; i++)
        {
            float g = gradient[i] + (decay * values[i]);
            _first[i] = (Beta1 * _first[i]) + ((1 - Beta1) * g);
            _second[i] = (beta2 * _second[i]) + ((1 - beta2) * g * g);
            values[i] -= rate * (_first[i] / correction1) / (MathF.Sqrt(_second[i] / correction2) + Epsilon);
        }
    }
}
