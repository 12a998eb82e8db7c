using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// Adds low-rank terms that are being trained, one per group of rows of the batch, and takes their gradients: rows
/// e·g..(e+1)·g of a batch of E·g rows see only edit e.
/// </summary>
public sealed class FactorHook : ILayerHook, IDisposable
{
    private readonly Tensor _u;
    private readonly Tensor _delta;
    private readonly Tensor? _strengths;
    private Value? _uLeaf;
    private Value? _deltaLeaf;

    /// <summary>Creates the hook.</summary>
    /// <param name="u">Ũ of each edit, [edits, rank, in], unused rows zero; the caller keeps owning it.</param>
    /// <param name="delta">α·Δ̃ of each edit, [edits, rank, out]; the caller keeps owning it.</param>
    /// <param name="strengths">One factor per batch row on the change, [rows, 1, 1]; null means 1. The caller keeps owning it.</param>
    public FactorHook(Tensor u, Tensor delta, Tensor? strengths = null)
    {
        _strengths = strengths;
        _u = u;
        _delta = delta;
    }

    /// <summary>Gradient with respect to Ũ after the pass, [edits, rank, in].</summary>
    public Tensor? UGradient { get; private set; }

    /// <summary>Gradient with respect to α·Δ̃ after the pass, [edits, rank, out].</summary>
    public Tensor? DeltaGradient { get; private set; }

    /// <inheritdoc/>
    public Value Forward(Tape tape, Value x, Func<Value, Value> layer)
    {
        Value y = layer(x);
        int edits = _u.Shape[0];
        if (x.Shape[0] % edits != 0)
        {
            throw new ShapeException($"A batch of {x.Shape[0]} rows cannot be shared evenly by {edits} edits.");
        }

        _uLeaf = tape.Leaf(_u);
        _deltaLeaf = tape.Leaf(_delta);
        Value groups = tape.Reshape(x, [edits, x.Shape[0] / edits * x.Shape[1], x.Shape[2]]);
        Value change = tape.MatMul(tape.MatMul(groups, _uLeaf, transposeB: true), _deltaLeaf);
        change = tape.Reshape(change, y.Shape);
        return tape.Add(y, _strengths is null ? change : tape.Multiply(change, tape.Constant(_strengths)));
    }

    /// <inheritdoc/>
    public void Collect(Tape tape)
    {
        if (_uLeaf is not null && _deltaLeaf is not null)
        {
            Dispose();
            UGradient = tape.TakeGradient(_uLeaf);
            DeltaGradient = tape.TakeGradient(_deltaLeaf);
        }

        (_uLeaf, _deltaLeaf) = (null, null);
    }

    /// <summary>Gives the gradients back.</summary>
    public void Dispose()
    {
        UGradient?.Dispose();
        DeltaGradient?.Dispose();
    }
}
