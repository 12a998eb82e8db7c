using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>One transformer layer of Llama, Mistral or Qwen.</summary>
internal sealed class LlamaBlock : IStage
{
    private readonly LlamaLayout _layout;
    private readonly string _prefix;
    private readonly int? _window;
    private readonly RmsNorm _attentionNorm;
    private readonly LinearLayer _q;
    private readonly LinearLayer _k;
    private readonly LinearLayer _v;
    private readonly LinearLayer _out;
    private readonly RmsNorm? _queryNorm;
    private readonly RmsNorm? _keyNorm;
    private readonly RmsNorm _mlpNorm;
    private readonly LinearLayer _gate;
    private readonly LinearLayer _up;
    private readonly LinearLayer _down;

    /// <summary>Loads the layer.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">"model.layers.3".</param>
    /// <param name="layout">The model.</param>
    /// <param name="window">How many keys a query sees; null means all.</param>
    public LlamaBlock(ParameterSource parameters, string prefix, LlamaLayout layout, int? window)
    {
        _layout = layout;
        _prefix = prefix;
        _window = window;
        (int width, int queries, int keys) = (layout.Width, layout.Heads * layout.HeadSize, layout.KeyHeads * layout.HeadSize);
        _attentionNorm = new RmsNorm(parameters, $"{prefix}.input_layernorm", width, layout.Epsilon);
        _q = parameters.Linear($"{prefix}.self_attn.q_proj", width, queries, layout.QueryBias);
        _k = parameters.Linear($"{prefix}.self_attn.k_proj", width, keys, layout.QueryBias);
        _v = parameters.Linear($"{prefix}.self_attn.v_proj", width, keys, layout.QueryBias);
        _out = parameters.Linear($"{prefix}.self_attn.o_proj", queries, width, layout.OutputBias);
        _queryNorm = layout.HeadNorms ? new RmsNorm(parameters, $"{prefix}.self_attn.q_norm", layout.HeadSize, layout.Epsilon) : null;
        _keyNorm = layout.HeadNorms ? new RmsNorm(parameters, $"{prefix}.self_attn.k_norm", layout.HeadSize, layout.Epsilon) : null;
        _mlpNorm = new RmsNorm(parameters, $"{prefix}.post_attention_layernorm", width, layout.Epsilon);
        _gate = parameters.Linear($"{prefix}.mlp.gate_proj", width, layout.Inner, layout.MlpBias);
        _up = parameters.Linear($"{prefix}.mlp.up_proj", width, layout.Inner, layout.MlpBias);
        _down = parameters.Linear($"{prefix}.mlp.down_proj", layout.Inner, width, layout.MlpBias);
    }

    /// <inheritdoc/>
    public StageState Forward(StageContext context, StageState input)
    {
        Tape tape = context.Tape;
        Value x = input.RequireHidden();
        Value h = tape.Add(x, context.Linear(_out, Attend(context, _attentionNorm.Forward(tape, x))));
        Value normed = _mlpNorm.Forward(tape, h);
        Value gate = tape.Unary(_layout.Activation, context.Linear(_gate, normed));
        Value down = context.Linear(_down, tape.Multiply(gate, context.Linear(_up, normed)));
        return input with { Hidden = tape.Add(h, down) };
    }

    private Value Attend(StageContext context, Value x)
    {
        Value Split(LinearLayer layer, int heads) => Attention.Split(context.Tape, context.Linear(layer, x), heads);
        Value Turned(Value head, RmsNorm? norm) => _layout.Turn.Forward(context, norm?.Forward(context.Tape, head) ?? head);
        Value q = Turned(Split(_q, _layout.Heads), _queryNorm);
        Value k = Turned(Split(_k, _layout.KeyHeads), _keyNorm);
        Value v = Split(_v, _layout.KeyHeads);
        return CausalAttention.Attend(context, _prefix, q, k, v, 1f / MathF.Sqrt(_layout.HeadSize), _window);
    }
}
