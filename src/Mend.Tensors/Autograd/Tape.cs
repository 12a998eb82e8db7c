namespace Mend.Tensors;

/// <summary>
/// Reverse-mode differentiation over an <see cref="IEngine"/>: operations on <see cref="Value"/>s are computed at once
/// and, when the tape records, remembered so that <see cref="Backward"/> can run them in reverse. Only what leads from a
/// <see cref="Leaf"/> is remembered, so frozen weights cost nothing. The tape owns every tensor it makes and gives them
/// all back when disposed. Gradients are summed in the reverse order of the operations, always the same. Not thread-safe.
/// </summary>
public sealed partial class Tape : IDisposable
{
    private readonly List<Tensor> _owned = [];
    private readonly List<Node> _nodes = [];
    private readonly List<Value> _valuesWithGradient = [];

    /// <summary>Creates a tape.</summary>
    /// <param name="engine">Where to compute; not disposed with the tape.</param>
    /// <param name="recording">False for inference: leaves get no gradient and nothing is remembered.</param>
    public Tape(IEngine engine, bool recording)
    {
        ArgumentNullException.ThrowIfNull(engine);
        Engine = engine;
        Recording = recording;
    }

    /// <summary>Where the tape computes.</summary>
    public IEngine Engine { get; }

    /// <summary>Whether operations are remembered.</summary>
    public bool Recording { get; }

    /// <summary>A value without gradient; the caller keeps owning the tensor.</summary>
    /// <param name="data">The tensor; must outlive the tape.</param>
    public Value Constant(Tensor data) => new(data, requiresGradient: false);

    /// <summary>A value whose gradient is wanted; the caller keeps owning the tensor.</summary>
    /// <param name="data">The tensor; must outlive the tape.</param>
    public Value Leaf(Tensor data) => new(data, Recording) { KeepGradient = true };

    /// <summary>A value without gradient whose tensor the tape gives back.</summary>
    /// <param name="data">A tensor that nobody else disposes.</param>
    public Value Adopt(Tensor data)
    {
        _owned.Add(data);
        return new Value(data, requiresGradient: false);
    }

    /// <summary>Adds a starting gradient for <see cref="Backward"/>: the derivative of the loss with respect to a value.</summary>
    /// <param name="value">A value of this tape; ignored when it needs no gradient.</param>
    /// <param name="gradient">Same shape; copied by sharing, the caller keeps owning it.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public void Seed(Value value, Tensor gradient)
    {
        if (!value.Shape.Equals(gradient.Shape))
        {
            throw new ShapeException($"A gradient of shape {gradient.Shape} cannot seed a value of shape {value.Shape}.");
        }

        if (value.RequiresGradient)
        {
            Contribute(value, Engine.Share(gradient), exclusive: false);
        }
    }

    /// <summary>Runs the remembered operations in reverse from the seeded values. Call once.</summary>
    public void Backward()
    {
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            Node node = _nodes[i];
            if (node.Output.Gradient is not { } gradient)
            {
                continue;
            }

            node.Backward(gradient);
            if (!node.Output.KeepGradient)
            {
                gradient.Dispose();
                node.Output.Gradient = null;
            }
        }

        _nodes.Clear();
    }

    /// <summary>The gradient of a leaf or of a value with <see cref="Value.KeepGradient"/>; the caller owns it from now on.</summary>
    /// <param name="value">A value of this tape.</param>
    /// <returns>The gradient, or null when nothing that was seeded depends on the value.</returns>
    public Tensor? TakeGradient(Value value)
    {
        Tensor? gradient = value.Gradient;
        value.Gradient = null;
        return gradient;
    }

    /// <summary>Gives back every tensor that the tape made and every gradient that was not taken.</summary>
    public void Dispose()
    {
        foreach (Value value in _valuesWithGradient)
        {
            value.Gradient?.Dispose();
            value.Gradient = null;
        }

        foreach (Tensor tensor in _owned)
        {
            tensor.Dispose();
        }

        _valuesWithGradient.Clear();
        _owned.Clear();
        _nodes.Clear();
    }

    private Value Result(Tensor data, Action<Tensor>? backward, params ReadOnlySpan<Value> inputs)
    {
        _owned.Add(data);
        bool requiresGradient = false;
        foreach (Value input in inputs)
        {
            requiresGradient |= input.RequiresGradient;
        }

        Value value = new(data, requiresGradient);
        if (requiresGradient && backward is not null)
        {
            _nodes.Add(new Node(value, backward));
        }

        return value;
    }

    private void Contribute(Value value, Tensor gradient, bool exclusive = true)
    {
        if (!value.RequiresGradient)
        {
            gradient.Dispose();
            return;
        }

        if (value.Gradient is not { } sum)
        {
            value.Gradient = gradient;
            value.GradientIsExclusive = exclusive;
            _valuesWithGradient.Add(value);
            return;
        }

        if (value.GradientIsExclusive)
        {
            Engine.Accumulate(sum, gradient);
        }
        else
        {
            value.Gradient = Engine.Add(sum, gradient);
            value.GradientIsExclusive = true;
            sum.Dispose();
        }

        gradient.Dispose();
    }

    private readonly record struct Node(Value Output, Action<Tensor> Backward);
}
