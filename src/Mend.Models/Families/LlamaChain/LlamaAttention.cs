using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>Attention of Llama, Mistral and Qwen: rotary positions, fewer key heads than query heads.</summary>
internal sealed class LlamaAttention : ISublayer
{
    private readonly LlamaLayout _layout;
    private readonly string _prefix;
    private readonly int? _window;
    private readonly LinearLayer _q;
    private readonly LinearLayer _k;
    private readonly LinearLayer _v;
    private readonly LinearLayer _out;
    private readonly RmsNorm? _queryNorm;
    private readonly RmsNorm? _keyNorm;

    /// <summary>Loads the matrices.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">"model.layers.3".</param>
    /// <param name="layout">The model.</param>
    /// <param name="window">How many keys a query sees; null means all.</param>
    public LlamaAttention(ParameterSource parameters, string prefix, LlamaLayout layout, int? window)
    {
        _layout = layout;
        _prefix = prefix;
        _window = window;
        (int width, int queries, int keys) = (layout.Width, layout.Heads * layout.HeadSize, layout.KeyHeads * layout.HeadSize);
        _q = parameters.Linear($"{prefix}.self_attn.q_proj", width, queries, layout.QueryBias);
        _k = parameters.Linear($"{prefix}.self_attn.k_proj", width, keys, layout.QueryBias);
        _v = parameters.Linear($"{prefix}.self_attn.v_proj", width, keys, layout.QueryBias);
        _out = parameters.Linear($"{prefix}.self_attn.o_proj", queries, width, layout.OutputBias);
        _queryNorm = layout.HeadNorms ? new RmsNorm(parameters, $"{prefix}.self_attn.q_norm", layout.HeadSize, layout.Epsilon) : null;
        _keyNorm = layout.HeadNorms ? new RmsNorm(parameters, $"{prefix}.self_attn.k_norm", layout.HeadSize, layout.Epsilon) : null;
    }

    /// <inheritdoc/>
    public Value Forward(StageContext context, Value x)
    {
        Value Split(LinearLayer layer, int heads) => Attention.Split(context.Tape, context.Linear(layer, x), heads);
        Value Turned(Value head, RmsNorm? norm) => _layout.Turn.Forward(context, norm?.Forward(context.Tape, head) ?? head);
        Value q = Turned(Split(_q, _layout.Heads), _queryNorm);
        Value k = Turned(Split(_k, _layout.KeyHeads), _keyNorm);
        Value v = Split(_v, _layout.KeyHeads);
        return context.Linear(_out, CausalAttention.Attend(context, _prefix, q, k, v, 1f / MathF.Sqrt(_layout.HeadSize), _window));
    }
}
