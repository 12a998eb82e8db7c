using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>Adds a shift to chosen rows of a layer's output, and takes the gradient with respect to it. For one pass.</summary>
/// <param name="rows">Rows of the output seen as a matrix [batch · sequence, out].</param>
/// <param name="shifts">One shift a row, [rows, out].</param>
public sealed class ShiftHook(int[] rows, HostTensor shifts) : ITravellingHook
{
    private Tensor? _shift;
    private Value? _leaf;

    /// <summary>The rows of the layer's input, [rows, in]; null before the pass.</summary>
    public HostTensor? Keys { get; private set; }

    /// <summary>Gradient of the loss with respect to the shifts, [rows, out]; null before the backward pass.</summary>
    public HostTensor? Gradient { get; private set; }

    /// <inheritdoc/>
    public Value Forward(Tape tape, Value x, Func<Value, Value> layer)
    {
        using (Tensor keys = tape.Engine.GatherRows(x.Data, rows))
        {
            Keys = HostTensor.From(tape.Engine, keys);
        }

        Value y = layer(x);
        _shift = tape.Engine.FromHost(shifts.Data, shifts.Shape);
        _leaf = tape.Leaf(_shift);
        return tape.Add(y, tape.Reshape(tape.ScatterRows(_leaf, rows, (int)y.Shape.Rows), y.Shape));
    }

    /// <inheritdoc/>
    public void Collect(Tape tape)
    {
        if (_leaf is not null)
        {
            using Tensor? gradient = tape.TakeGradient(_leaf);
            Gradient = gradient is null ? new HostTensor(shifts.Shape, new float[shifts.Data.Length]) : HostTensor.From(tape.Engine, gradient);
            _shift!.Dispose();
            (_leaf, _shift) = (null, null);
        }
    }

    /// <inheritdoc/>
    public HookOrder Order(IEngine engine) => new ShiftRows(rows, shifts);

    /// <inheritdoc/>
    public IReadOnlyList<HostTensor> Report(IEngine engine) => Keys is null || Gradient is null ? [] : [Keys, Gradient];

    /// <inheritdoc/>
    public void Accept(IEngine engine, IReadOnlyList<HostTensor> report) => (Keys, Gradient) = (report[0], report[1]);
}
