using System.Runtime.InteropServices;
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
        List<float> table = [];
        foreach (TokenRun run in pass.Runs(length))
        {
            RotaryFrequencies frequencies = scheme.At(run.Length);
            for (int position = run.Past; position < run.Length; position++)
            {
                foreach (double perPosition in frequencies.PerPosition)
                {
                    table.Add((float)(function(position * perPosition) * frequencies.Magnitude));
                }
            }
        }

        return pass.Engine.FromHost(CollectionsMarshal.AsSpan(table), [length, table.Count / length]);
    });
}
