using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// Keys and values of the tokens of one text seen so far, per attention layer, for generation token by token. Owned by the session
/// that generates; one pass at a time.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Dictionary<string, KeyValues> _layers = [];
    private readonly Dictionary<string, (Tensor Keys, Tensor Values)> _fixed = [];

    /// <summary>Number of tokens seen before the current pass.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes held.</summary>
    public long ByteLength => _layers.Values.Sum(l => l.ByteLength) + _fixed.Values.Sum(l => (l.Keys.Shape.Length + l.Values.Shape.Length) * sizeof(float));

    /// <summary>A layer's keys and values, which grow with the text.</summary>
    /// <param name="engine">The pass's engine.</param>
    /// <param name="layer">The attention layer's name.</param>
    /// <param name="keys">[…, heads, size]: the shape of the layer's keys.</param>
    /// <param name="values">[…, heads, size]: the shape of the layer's values.</param>
    public KeyValues Layer(IEngine engine, string layer, Shape keys, Shape values)
    {
        if (!_layers.TryGetValue(layer, out KeyValues? held))
        {
            _layers[layer] = held = engine.NewKeyValues(keys[^2], keys.Last, values.Last);
        }

        return held;
    }

    /// <summary>A layer's keys and values that never grow (attention to the encoder), made at the first pass.</summary>
    /// <param name="tape">The tape of the pass, not recording.</param>
    /// <param name="layer">The attention layer's name.</param>
    /// <param name="create">Makes them.</param>
    public (Value Keys, Value Values) Once(Tape tape, string layer, Func<(Value Keys, Value Values)> create)
    {
        if (!_fixed.TryGetValue(layer, out (Tensor Keys, Tensor Values) held))
        {
            (Value keys, Value values) = create();
            _fixed[layer] = held = (tape.Engine.Share(keys.Data), tape.Engine.Share(values.Data));
        }

        return (tape.Constant(held.Keys), tape.Constant(held.Values));
    }

    /// <summary>Counts the tokens of a pass that went through all layers.</summary>
    /// <param name="tokens">How many.</param>
    public void Advance(int tokens) => Length += tokens;

    /// <summary>Gives all tensors back.</summary>
    public void Dispose()
    {
        foreach (KeyValues layer in _layers.Values)
        {
            layer.Dispose();
        }

        foreach ((Tensor keys, Tensor values) in _fixed.Values)
        {
            keys.Dispose();
            values.Dispose();
        }

        _layers.Clear();
        _fixed.Clear();
    }
}
