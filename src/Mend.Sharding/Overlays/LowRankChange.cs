using Mend.Editing;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>What some edits of one layer add to its output, Σ α Δ̃ᵀ(Ũ x), as two tensors. Immutable; shared by passes.</summary>
internal sealed class LowRankChange : IDisposable
{
    private readonly Tensor _u;
    private readonly Tensor _delta;

    private LowRankChange(Tensor u, Tensor delta)
    {
        _u = u;
        _delta = delta;
    }

    /// <summary>Bytes held.</summary>
    public long ByteLength => (_u.Shape.Length + _delta.Shape.Length) * sizeof(float);

    /// <summary>Stacks the factors of edits, the steps multiplied into Δ̃.</summary>
    /// <param name="engine">Where to compute.</param>
    /// <param name="edits">Edits of one layer, at least one, oldest first.</param>
    /// <exception cref="ShapeException">The edits are made for layers of different shapes.</exception>
    public static LowRankChange Of(IEngine engine, IReadOnlyList<EditFactors> edits)
    {
        (int inputs, int outputs, int rank) = (edits[0].Inputs, edits[0].Outputs, edits.Sum(e => e.Rank));
        float[] u = new float[checked(rank * inputs)];
        float[] delta = new float[checked(rank * outputs)];
        int row = 0;
        foreach (EditFactors edit in edits)
        {
            if (edit.Inputs != inputs || edit.Outputs != outputs)
            {
                throw new ShapeException($"Edits of '{edit.Layer}' are made for {inputs}x{outputs} and for {edit.Inputs}x{edit.Outputs}; they belong to different models.");
            }

            edit.U.CopyTo(u, row * inputs);
            System.Numerics.Tensors.TensorPrimitives.Multiply(edit.Delta, edit.Step, delta.AsSpan(row * outputs, edit.Delta.Length));
            row += edit.Rank;
        }

        Tensor stacked = engine.FromHost(u, [rank, inputs]);
        try
        {
            return new LowRankChange(stacked, engine.FromHost(delta, [rank, outputs]));
        }
        catch
        {
            stacked.Dispose();
            throw;
        }
    }

    /// <summary>Adds the change to the layer's output.</summary>
    /// <param name="tape">The tape of the pass.</param>
    /// <param name="x">The layer's input, [batch, sequence, in].</param>
    /// <param name="y">Its output without the change, [batch, sequence, out].</param>
    /// <param name="scales">A factor on the change for each batch row, [batch, 1, 1]; null means 1.</param>
    public Value AddTo(Tape tape, Value x, Value y, Tensor? scales = null)
    {
        Value rows = tape.Reshape(x, [checked((int)x.Shape.Rows), x.Shape.Last]);
        Value change = tape.MatMul(tape.MatMul(rows, tape.Constant(_u), transposeB: true), tape.Constant(_delta));
        change = tape.Reshape(change, y.Shape);
        return tape.Add(y, scales is null ? change : tape.Multiply(change, tape.Constant(scales)));
    }

    /// <summary>Gives the tensors back.</summary>
    public void Dispose()
    {
        _u.Dispose();
        _delta.Dispose();
    }
}
