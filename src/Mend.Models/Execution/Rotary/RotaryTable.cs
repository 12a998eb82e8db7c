using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Turns queries and keys by their positions; sine and cosine are made once per pass and shard.</summary>
/// <param name="scheme">The angles.</param>
/// <param name="interleaved">Whether pairs are neighbours (GPT-J) instead of halves (Llama).</param>
/// <param name="name">Tells the tables of one model apart.</param>
internal sealed class RotaryTable(RotaryScheme scheme, bool interleaved, string name = "all layers")
{
    /// <summary>Turns the first entries of each head; the others stay.</summary>
    /// <param name="context">The pass.</param>
    /// <param name="x">[batch, new, heads, size].</param>
    public Value Forward(StageContext context, Value x)
    {
        int length = x.Shape[1];
        return context.Tape.Rotary(x, Table(context.Pass, "cos", length, Math.Cos), Table(context.Pass, "sin", length, Math.Sin), interleaved);
    }

    /// <summary>[length, pairs]. Angles are computed in float64: at position 100,000 a float32 angle is off by 0.004.</summary>
    private Tensor Table(PassContext pass, string kind, int length, Func<double, double> function) => pass.Memo($"rotary {kind}, {name}", () =>
    {
        RotaryFrequencies frequencies = scheme.At(pass.Past + length);
        double[] angles = frequencies.PerPosition;
        float[] table = new float[length * angles.Length];
        for (int i = 0; i < table.Length; i++)
        {
            double angle = (pass.Past + (i / angles.Length)) * angles[i % angles.Length];
            table[i] = (float)(function(angle) * frequencies.Magnitude);
        }

        return pass.Engine.FromHost(table, [length, angles.Length]);
    });
}
