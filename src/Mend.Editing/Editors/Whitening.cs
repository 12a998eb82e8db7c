using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// Makes the matrix C^(−k/2) of a layer's inputs. C's inverse square root comes from the coupled Newton-Schulz iteration
/// (Higham, Functions of Matrices, 2008, section 6.3), which needs nothing but matrix products.
/// </summary>
internal static class Whitening
{
    private const int MostIterations = 60;

    /// <summary>Computes the matrix, scaled so that whitened inputs have a root mean square of 1.</summary>
    /// <param name="engine">Where to compute.</param>
    /// <param name="rows">Normalised inputs, row-major [n, size].</param>
    /// <param name="size">Row length.</param>
    /// <param name="halfPower">k.</param>
    /// <param name="ridge">Added to C's diagonal.</param>
    /// <returns>[size, size], symmetric.</returns>
    public static float[] Matrix(IEngine engine, float[] rows, int size, int halfPower, float ridge)
    {
        int n = rows.Length / size;

        // Few rows know little of the directions they do not show, so the fewer there are, the more C is pulled to the identity.
        ridge += (float)size / n;
        using Tensor x = engine.FromHost(rows, [n, size]);
        using Tensor moment = engine.MatMul(x, x, transposeA: true);
        using Tensor covariance = engine.Scale(moment, 1f / n);
        using Tensor identity = engine.FromHost(Identity(size, 1f), [size, size]);
        using Tensor shifted = engine.Scale(identity, ridge);
        engine.Accumulate(shifted, covariance);
        using Tensor root = InverseRoot(engine, shifted, identity);
        Tensor power = engine.Share(root);
        for (int i = 1; i < halfPower; i++)
        {
            Tensor next = engine.MatMul(power, root);
            power.Dispose();
            power = next;
        }

        using (power)
        using (Tensor whitened = engine.MatMul(x, power))
        using (Tensor scaled = engine.Scale(power, (float)(1 / Math.Sqrt(engine.SumOfSquares(whitened) / rows.Length))))
        {
            return HostTensor.From(engine, scaled).Data;
        }
    }

    /// <summary>A^(−½): Y ← Y T, Z ← T Z with T = (3I − Z Y)/2, started at A/‖A‖ and I; Z tends to (A/‖A‖)^(−½).</summary>
    private static Tensor InverseRoot(IEngine engine, Tensor a, Tensor identity)
    {
        float norm = (float)Math.Sqrt(engine.SumOfSquares(a));
        Tensor y = engine.Scale(a, 1f / norm);
        Tensor z = engine.Share(identity);
        for (int i = 0; i < MostIterations; i++)
        {
            using Tensor product = engine.MatMul(z, y);
            using Tensor t = engine.Scale(product, -0.5f);
            engine.Accumulate(t, identity, 1.5f);
            using Tensor offDiagonal = engine.Scale(product, 1f);
            engine.Accumulate(offDiagonal, identity, -1f);
            (Tensor nextY, Tensor nextZ) = (engine.MatMul(y, t), engine.MatMul(t, z));
            y.Dispose();
            z.Dispose();
            (y, z) = (nextY, nextZ);
            if (Math.Sqrt(engine.SumOfSquares(offDiagonal) / a.Shape[0]) < 1e-4)
            {
                break;
            }
        }

        y.Dispose();
        using (z)
        {
            return engine.Scale(z, 1f / MathF.Sqrt(norm));
        }
    }

    private static float[] Identity(int size, float value)
    {
        float[] identity = new float[size * size];
        for (int i = 0; i < size; i++)
        {
            identity[(i * size) + i] = value;
        }

        return identity;
    }
}
