using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// Attention whose queries, keys and values come from one matrix, laid out by key head: the queries that share it, the key, the value. With
/// as many key heads as query heads that is GPT-NeoX's layout, with one that of multi-query attention, and Falcon has both and all between.
/// </summary>
internal sealed class GroupedAttention : ISublayer
{
    private readonly string _name;
    private readonly LinearLayer _fused;
    private readonly LinearLayer _out;
    private readonly int _keyHeads;
    private readonly int _perKey;
    private readonly int _size;
    private readonly bool _kindsApart;

    /// <summary>Loads the matrices.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">"transformer.h.3.attn".</param>
    /// <param name="fused">Name of the matrix of queries, keys and values under it.</param>
    /// <param name="output">Name of the output's matrix.</param>
    /// <param name="width">Size of the hidden states.</param>
    /// <param name="heads">Number of query heads.</param>
    /// <param name="keyHeads">Number of key heads; divides that of query heads.</param>
    /// <param name="bias">Whether both matrices have biases.</param>
    /// <param name="conventions">How the matrix lies; null means as in Hugging Face's checkpoints.</param>
    public GroupedAttention(
        ParameterSource parameters, string prefix, string fused, string output, int width, int heads, int keyHeads, bool bias, StorageConventions? conventions = null)
    {
        _kindsApart = conventions?.KindsApart ?? false;
        (_name, _keyHeads, _perKey, _size) = (prefix, keyHeads, heads / keyHeads, width / heads);
        _fused = parameters.Linear($"{prefix}.{fused}", width, (heads + (2 * keyHeads)) * _size, bias);
        _out = parameters.Linear($"{prefix}.{output}", width, width, bias);
        Scale = 1f / MathF.Sqrt(_size);
    }

    /// <summary>Factor on the scores; 1/√size unless set.</summary>
    public float Scale { get; init; }

    /// <summary>Turns queries and keys; null means that it has no rotary positions.</summary>
    public RotaryTable? Turn { get; init; }

    /// <summary>Scores added for positions; null means none.</summary>
    public PositionScores? Positions { get; init; }

    /// <inheritdoc/>
    public Value Forward(StageContext context, Value x)
    {
        Value fused = context.Linear(_fused, x);
        (Value q, Value k, Value v) = _kindsApart ? ByKind(context.Tape, fused) : ByKeyHead(context.Tape, fused);
        (q, k) = Turn is null ? (q, k) : (Turn.Forward(context, q), Turn.Forward(context, k));
        return context.Linear(_out, CausalAttention.Attend(context, _name, q, k, v, Scale, positions: Positions));
    }

    private (Value Q, Value K, Value V) ByKeyHead(Tape tape, Value fused)
    {
        Value groups = Attention.Split(tape, fused, _keyHeads);
        Value q = tape.Narrow(groups, 3, 0, _perKey * _size);
        return (
            tape.Reshape(q, [fused.Shape[0], fused.Shape[1], _keyHeads * _perKey, _size]),
            tape.Narrow(groups, 3, _perKey * _size, _size),
            tape.Narrow(groups, 3, (_perKey + 1) * _size, _size));
    }

    private (Value Q, Value K, Value V) ByKind(Tape tape, Value fused)
    {
        (int queries, int keys) = (_keyHeads * _perKey * _size, _keyHeads * _size);
        return (
            Attention.Split(tape, tape.Narrow(fused, 2, 0, queries), _keyHeads * _perKey),
            Attention.Split(tape, tape.Narrow(fused, 2, queries, keys), _keyHeads),
            Attention.Split(tape, tape.Narrow(fused, 2, queries + keys, keys), _keyHeads));
    }
}
