using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Mend.Editing;

/// <summary>
/// The metric M of one layer's inputs: what an edit costs that answers to an input x is xᵀ M⁻¹ x turned around, so directions that text and other
/// subjects use are dear. Kept as M⁻¹. Immutable.
/// </summary>
public sealed class InputMetric
{
    private readonly float[] _inverse;

    /// <summary>Creates the metric.</summary>
    /// <param name="inverse">M⁻¹, row-major [size, size], symmetric; owned by the new object.</param>
    /// <param name="size">Inputs of the layer.</param>
    /// <exception cref="ArgumentException">The length disagrees with the size.</exception>
    public InputMetric(float[] inverse, int size)
    {
        if (inverse.LongLength != (long)size * size)
        {
            throw new ArgumentException($"A metric of {size} inputs has {(long)size * size} values, not {inverse.LongLength}.", nameof(inverse));
        }

        _inverse = inverse;
        Size = size;
        Name = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(inverse.AsSpan())))[..16];
    }

    /// <summary>Inputs of the layer.</summary>
    public int Size { get; }

    /// <summary>Names the metric by its content.</summary>
    public string Name { get; }

    /// <summary>M⁻¹, row-major [size, size].</summary>
    public ReadOnlyMemory<float> Inverse => _inverse;

    /// <summary>Makes the metric of a second moment: M plus <paramref name="ridge"/> times the mean of its diagonal on the diagonal.</summary>
    /// <param name="moment">The weighted second moment, row-major [size, size]; overwritten.</param>
    /// <param name="size">Inputs of the layer.</param>
    /// <param name="ridge">Above 0.</param>
    /// <exception cref="ArithmeticException">The moment is not finite, or no input was ever seen.</exception>
    public static InputMetric Of(double[] moment, int size, float ridge)
    {
        double trace = 0;
        for (int i = 0; i < size; i++)
        {
            trace += moment[(i * size) + i];
        }

        for (int i = 0; i < size; i++)
        {
            moment[(i * size) + i] += ridge * trace / size;
        }

        double[] inverse = new double[moment.Length];
        for (int i = 0; i < size; i++)
        {
            inverse[(i * size) + i] = 1;
        }

        SymmetricSolver.Factor(moment, size).Solve(inverse, size);
        float[] rounded = new float[inverse.Length];
        for (int i = 0; i < size; i++)
        {
            for (int k = 0; k < size; k++)
            {
                rounded[(i * size) + k] = (float)(0.5 * (inverse[(i * size) + k] + inverse[(k * size) + i]));
            }
        }

        return new InputMetric(rounded, size);
    }

    /// <summary>The metric scaled so that k M⁻¹ kᵀ has a wanted mean over some inputs k.</summary>
    /// <param name="inputs">Second moment of the inputs k, row-major [size, size].</param>
    /// <param name="reach">The mean, above 0.</param>
    public InputMetric Scaled(double[] inputs, float reach)
    {
        double now = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            now += inputs[i] * _inverse[i];
        }

        float[] scaled = new float[_inverse.Length];
        TensorPrimitives.Multiply(_inverse, (float)(reach / now), scaled);
        return new InputMetric(scaled, Size);
    }

    /// <summary>K M⁻¹.</summary>
    /// <param name="keys">K, row-major [rows, size].</param>
    public float[] Times(float[] keys)
    {
        float[] result = new float[keys.Length];
        Parallel.For(0, keys.Length / Size, row =>
        {
            ReadOnlySpan<float> key = keys.AsSpan(row * Size, Size);
            for (int i = 0; i < Size; i++)
            {
                result[(row * Size) + i] = TensorPrimitives.Dot(key, _inverse.AsSpan(i * Size, Size));
            }
        });
        return result;
    }
}
