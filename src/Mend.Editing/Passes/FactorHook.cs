using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// Adds low-rank terms that are being trained, one per group of rows of the batch, and takes their gradients: rows
/// e·g..(e+1)·g of a batch of E·g rows see only edit e.
/// </summary>
public sealed class FactorHook : ITravellingHook, IDisposable
{
    private readonly TrainFactors? _order;
    private Tensor? _u;
    private Tensor? _delta;
    private Tensor? _strengths;
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

    /// <summary>Creates a hook that does what another has ordered. Its tensors are made when its layer runs, and are its own.</summary>
    /// <param name="order">The order.</param>
    internal FactorHook(TrainFactors order) => _order = order;

    /// <summary>Gradient with respect to Ũ after the pass, [edits, rank, in].</summary>
    public Tensor? UGradient { get; private set; }

    /// <summary>Gradient with respect to α·Δ̃ after the pass, [edits, rank, out].</summary>
    public Tensor? DeltaGradient { get; private set; }

    /// <inheritdoc/>
    public Value Forward(Tape tape, Value x, Func<Value, Value> layer)
    {
        Value y = layer(x);
        (Tensor u, Tensor delta) = Factors(tape.Engine);
        int edits = u.Shape[0];
        if (x.Shape[0] % edits != 0)
        {
            throw new ShapeException($"A batch of {x.Shape[0]} rows cannot be shared evenly by {edits} edits.");
        }

        _uLeaf = tape.Leaf(u);
        _deltaLeaf = tape.Leaf(delta);
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
            GiveGradientsBack();
            UGradient = tape.TakeGradient(_uLeaf);
            DeltaGradient = tape.TakeGradient(_deltaLeaf);
        }

        (_uLeaf, _deltaLeaf) = (null, null);
    }

    /// <inheritdoc/>
    public HookOrder Order(IEngine engine) =>
        _order ?? new TrainFactors(HostTensor.From(engine, _u!), HostTensor.From(engine, _delta!), _strengths is null ? null : HostTensor.From(engine, _strengths));

    /// <inheritdoc/>
    public IReadOnlyList<HostTensor> Report(IEngine engine) =>
        UGradient is null || DeltaGradient is null ? [] : [HostTensor.From(engine, UGradient), HostTensor.From(engine, DeltaGradient)];

    /// <inheritdoc/>
    public void Accept(IEngine engine, IReadOnlyList<HostTensor> report)
    {
        GiveGradientsBack();
        UGradient = Place(engine, report[0]);
        DeltaGradient = Place(engine, report[1]);
    }

    /// <summary>Gives the gradients back, and the factors where they are the hook's own.</summary>
    public void Dispose()
    {
        GiveGradientsBack();
        if (_order is not null)
        {
            _u?.Dispose();
            _delta?.Dispose();
            _strengths?.Dispose();
            (_u, _delta, _strengths) = (null, null, null);
        }
    }

    private (Tensor U, Tensor Delta) Factors(IEngine engine)
    {
        if (_order is not null)
        {
            _strengths ??= _order.Strengths is null ? null : Place(engine, _order.Strengths);
        }

        return (_u ??= Place(engine, _order!.U), _delta ??= Place(engine, _order!.Delta));
    }

    private void GiveGradientsBack()
    {
        UGradient?.Dispose();
        DeltaGradient?.Dispose();
        (UGradient, DeltaGradient) = (null, null);
    }

    private static Tensor Place(IEngine engine, HostTensor tensor) => engine.FromHost(tensor.Data, tensor.Shape);
}
