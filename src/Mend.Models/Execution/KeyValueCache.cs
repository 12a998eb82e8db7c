using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// Keys and values of the tokens seen so far, per attention layer, for generation token by token. Owned by the session
/// that generates; one pass at a time.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Dictionary<string, (Tensor Keys, Tensor Values)> _layers = [];

    /// <summary>Number of tokens seen before the current pass.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes held.</summary>
    public long ByteLength => _layers.Values.Sum(l => (l.Keys.Shape.Length + l.Values.Shape.Length) * sizeof(float));

    /// <summary>Appends a layer's new keys and values and returns all of them.</summary>
    /// <param name="tape">The tape of the pass, not recording.</param>
    /// <param name="layer">The attention layer's name.</param>
    /// <param name="keys">[batch, new, heads, size].</param>
    /// <param name="values">[batch, new, heads, size].</param>
    public (Value Keys, Value Values) Extend(Tape tape, string layer, Value keys, Value values)
    {
        IEngine engine = tape.Engine;
        (Tensor Keys, Tensor Values) all = (engine.Share(keys.Data), engine.Share(values.Data));
        if (_layers.TryGetValue(layer, out (Tensor Keys, Tensor Values) before))
        {
            (Tensor Keys, Tensor Values) fresh = all;
            all = (engine.Concat([before.Keys, fresh.Keys], 1), engine.Concat([before.Values, fresh.Values], 1));
            Dispose(before);
            Dispose(fresh);
        }

        _layers[layer] = all;
        return (tape.Constant(all.Keys), tape.Constant(all.Values));
    }

    /// <summary>A layer's keys and values that never grow (attention to the encoder), made at the first pass.</summary>
    /// <param name="tape">The tape of the pass, not recording.</param>
    /// <param name="layer">The attention layer's name.</param>
    /// <param name="create">Makes them.</param>
    public (Value Keys, Value Values) Once(Tape tape, string layer, Func<(Value Keys, Value Values)> create)
    {
        if (!_layers.TryGetValue(layer, out (Tensor Keys, Tensor Values) held))
        {
            (Value keys, Value values) = create();
            _layers[layer] = held = (tape.Engine.Share(keys.Data), tape.Engine.Share(values.Data));
        }

        return (tape.Constant(held.Keys), tape.Constant(held.Values));
    }

    /// <summary>Counts the tokens of a pass that went through all layers.</summary>
    /// <param name="tokens">How many.</param>
    public void Advance(int tokens) => Length += tokens;

    /// <summary>Gives all tensors back.</summary>
    public void Dispose()
    {
        foreach ((Tensor Keys, Tensor Values) layer in _layers.Values)
        {
            Dispose(layer);
        }

        _layers.Clear();
    }

    private static void Dispose((Tensor Keys, Tensor Values) layer)
    {
        layer.Keys.Dispose();
        layer.Values.Dispose();
    }
}
