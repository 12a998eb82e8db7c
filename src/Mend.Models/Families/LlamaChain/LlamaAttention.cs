using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>Attention of Llama and its kin: rotary positions, fewer key heads than query heads, and what its layout says.</summary>
internal sealed class LlamaAttention : ISublayer
{
    private readonly LlamaLayout _layout;
    private readonly string _prefix;
    private readonly int? _window;
    private readonly RotaryTable? _turn;
    private readonly IReadOnlyList<LinearLayer> _inputs;
    private readonly LinearLayer _out;
    private readonly IRowNorm? _queryNorm;
    private readonly IRowNorm? _keyNorm;

    /// <summary>Loads the matrices.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">"model.layers.3".</param>
    /// <param name="layout">The model.</param>
    /// <param name="layer">The layer's number.</param>
    public LlamaAttention(ParameterSource parameters, string prefix, LlamaLayout layout, int layer)
    {
        (_layout, _prefix, _window, _turn) = (layout, prefix, layout.Window(layer), layout.TurnOf(layer));
        (int queries, int keys) = (layout.Heads * layout.HeadSize, layout.KeyHeads * layout.HeadSize);
        LinearLayer Input(string name, int outputs) => parameters.Linear($"{prefix}.self_attn.{name}", layout.Width, outputs, layout.QueryBias);
        _inputs = layout.Fused
            ? [Input("qkv_proj", queries + (2 * keys))]
            : [Input("q_proj", queries), Input("k_proj", keys), Input("v_proj", keys)];
        _out = parameters.Linear($"{prefix}.self_attn.o_proj", queries, layout.Width, layout.OutputBias);
        _queryNorm = layout.HeadNorm?.Invoke(parameters, $"{prefix}.self_attn.q", layout.Heads, layout);
        _keyNorm = layout.HeadNorm?.Invoke(parameters, $"{prefix}.self_attn.k", layout.KeyHeads, layout);
    }

    /// <inheritdoc/>
    public Value Forward(StageContext context, Value x)
    {
        (int queries, int keys) = (_layout.Heads * _layout.HeadSize, _layout.KeyHeads * _layout.HeadSize);
        Value[] inputs = [.. _inputs.Select(layer => context.Linear(layer, x))];
        if (_layout.Fused)
        {
            Value Part(int start, int length) => context.Tape.Narrow(inputs[0], 2, start, length);
            inputs = [Part(0, queries), Part(queries, keys), Part(queries + keys, keys)];
        }

        Value q = Turned(context, Attention.Split(context.Tape, inputs[0], _layout.Heads), _queryNorm);
        Value k = Turned(context, Attention.Split(context.Tape, inputs[1], _layout.KeyHeads), _keyNorm);
        Value v = Attention.Split(context.Tape, inputs[2], _layout.KeyHeads);
        return context.Linear(_out, CausalAttention.Attend(context, _prefix, q, k, v, _layout.ScoreScale, _window, cap: _layout.ScoreCap));
    }

    private Value Turned(StageContext context, Value heads, IRowNorm? norm)
    {
        Value normed = norm?.Forward(context.Tape, heads) ?? heads;
        return _turn?.Forward(context, normed) ?? normed;
    }
}
