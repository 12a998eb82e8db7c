using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>One layer of T5's encoder or decoder: self-attention, in the decoder attention to the encoder, MLP.</summary>
internal sealed class T5Block : IStage
{
    private readonly string _prefix;
    private readonly T5Layout _layout;
    private readonly bool _decodes;
    private readonly RelativePositions _positions;
    private readonly RmsNorm _selfNorm;
    private readonly Projections _self;
    private readonly RmsNorm? _crossNorm;
    private readonly Projections? _cross;
    private readonly RmsNorm _mlpNorm;
    private readonly LinearLayer _up;
    private readonly LinearLayer? _linear;
    private readonly LinearLayer _down;

    /// <summary>Loads the layer.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="layout">The model.</param>
    /// <param name="prefix">"encoder.block.3".</param>
    /// <param name="decodes">Whether it is the decoder's.</param>
    public T5Block(ParameterSource parameters, T5Layout layout, string prefix, bool decodes)
    {
        (_prefix, _layout, _decodes) = (prefix, layout, decodes);
        string table = $"{(decodes ? "decoder" : "encoder")}.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
        _positions = new RelativePositions(parameters, table, layout.Heads, layout.Buckets, layout.Farthest, bothWays: !decodes);
        _selfNorm = new RmsNorm(parameters, $"{prefix}.layer.0.layer_norm", layout.Width, layout.Epsilon);
        _self = new Projections(parameters, layout, $"{prefix}.layer.0.SelfAttention");
        if (decodes)
        {
            _crossNorm = new RmsNorm(parameters, $"{prefix}.layer.1.layer_norm", layout.Width, layout.Epsilon);
            _cross = new Projections(parameters, layout, $"{prefix}.layer.1.EncDecAttention");
        }

        string mlp = $"{prefix}.layer.{(decodes ? 2 : 1)}";
        _mlpNorm = new RmsNorm(parameters, $"{mlp}.layer_norm", layout.Width, layout.Epsilon);
        _up = parameters.Linear($"{mlp}.DenseReluDense.{(layout.Gated ? "wi_0" : "wi")}", layout.Width, layout.Inner, bias: false);
        _linear = layout.Gated ? parameters.Linear($"{mlp}.DenseReluDense.wi_1", layout.Width, layout.Inner, bias: false) : null;
        _down = parameters.Linear($"{mlp}.DenseReluDense.wo", layout.Inner, layout.Width, bias: false);
    }

    /// <inheritdoc/>
    public StageState Forward(StageContext context, StageState input)
    {
        Tape tape = context.Tape;
        Value x = input.RequireHidden();
        x = tape.Add(x, context.Linear(_self.Out, AttendSelf(context, _selfNorm.Forward(tape, x))));
        if (_cross is { } cross && _crossNorm is { } norm)
        {
            x = tape.Add(x, context.Linear(cross.Out, AttendEncoder(context, cross, norm.Forward(tape, x), input.Encoder)));
        }

        Value normed = _mlpNorm.Forward(tape, x);
        Value h = tape.Unary(_layout.Activation, context.Linear(_up, normed));
        h = _linear is null ? h : tape.Multiply(h, context.Linear(_linear, normed));
        return input with { Hidden = tape.Add(x, context.Linear(_down, h)) };
    }

    private Value AttendSelf(StageContext context, Value x)
    {
        (Value q, Value k, Value v) = (Split(context, _self.Query, x), Split(context, _self.Key, x), Split(context, _self.Value, x));
        return _decodes
            ? CausalAttention.Attend(context, $"{_prefix}.self", q, k, v, scale: 1f, positions: (pass, past, length) => _positions.Scores(pass, length, past))
            : EncoderAttention.Attend(context, q, k, v, scale: 1f, _positions.Scores(context.Pass, x.Shape[1], past: 0));
    }

    private Value AttendEncoder(StageContext context, Projections cross, Value x, Value? encoder)
    {
        Value Source() => encoder ?? throw new InvalidOperationException("A decoder block was run without the encoder's output or a cache of it.");
        return EncoderAttention.Cross(
            context,
            $"{_prefix}.cross",
            Split(context, cross.Query, x),
            () => (Split(context, cross.Key, Source()), Split(context, cross.Value, Source())),
            scale: 1f);
    }

    private Value Split(StageContext context, LinearLayer layer, Value x) => Attention.Split(context.Tape, context.Linear(layer, x), _layout.Heads);

    private sealed class Projections(ParameterSource parameters, T5Layout layout, string prefix)
    {
        public LinearLayer Query { get; } = parameters.Linear($"{prefix}.q", layout.Width, layout.Heads * layout.HeadSize, bias: false);

        public LinearLayer Key { get; } = parameters.Linear($"{prefix}.k", layout.Width, layout.Heads * layout.HeadSize, bias: false);

        public LinearLayer Value { get; } = parameters.Linear($"{prefix}.v", layout.Width, layout.Heads * layout.HeadSize, bias: false);

        public LinearLayer Out { get; } = parameters.Linear($"{prefix}.o", layout.Heads * layout.HeadSize, layout.Width, bias: false);
    }
}
