using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>Watches an edited layer's input u and the loss's gradient δ with respect to its output.</summary>
public sealed class SignalHook : ITravellingHook
{
    private Value? _input;
    private Value? _output;

    /// <summary>u, [batch, sequence, in]; null before the pass.</summary>
    public HostTensor? U { get; private set; }

    /// <summary>δ, [batch, sequence, out]; null before the backward pass.</summary>
    public HostTensor? Delta { get; private set; }

    /// <inheritdoc/>
    public Value Forward(Tape tape, Value x, Func<Value, Value> layer)
    {
        Value y = layer(x);

        // Below the first edited layer nothing asks for gradients, so there the output itself becomes the leaf.
        _output = y.RequiresGradient ? y : tape.Leaf(y.Data);
        _output.KeepGradient = true;
        _input = x;
        return _output;
    }

    /// <inheritdoc/>
    public void Collect(Tape tape)
    {
        if (_input is null || _output is null)
        {
            return;
        }

        U = HostTensor.From(tape.Engine, _input.Data);
        using Tensor? delta = tape.TakeGradient(_output);
        Delta = delta is null ? new HostTensor(_output.Shape, new float[_output.Shape.Length]) : HostTensor.From(tape.Engine, delta);
        (_input, _output) = (null, null);
    }

    /// <inheritdoc/>
    public HookOrder Order(IEngine engine) => new WatchSignals();

    /// <inheritdoc/>
    public IReadOnlyList<HostTensor> Report(IEngine engine) => U is null || Delta is null ? [] : [U, Delta];

    /// <inheritdoc/>
    public void Accept(IEngine engine, IReadOnlyList<HostTensor> report) => (U, Delta) = (report[0], report[1]);
}
