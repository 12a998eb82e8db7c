using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>One layer of BART's encoder or decoder: self-attention, in the decoder attention to the encoder, MLP; a norm after each.</summary>
internal sealed class BartBlock : IStage
{
    /// <summary>ε of every norm; no configuration has an option for it.</summary>
    public const float Epsilon = 1e-5f;

    private readonly string _prefix;
    private readonly int _heads;
    private readonly float _scale;
    private readonly UnaryOp _activation;
    private readonly bool _decodes;
    private readonly Projections _self;
    private readonly Norm _selfNorm;
    private readonly Projections? _cross;
    private readonly Norm? _crossNorm;
    private readonly LinearLayer _up;
    private readonly LinearLayer _down;
    private readonly Norm _mlpNorm;

    /// <summary>Loads the layer.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">"model.encoder.layers.3".</param>
    /// <param name="width">Size of the hidden states.</param>
    /// <param name="inner">Size inside the MLP.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="activation">The MLP's function.</param>
    /// <param name="decodes">Whether it is the decoder's.</param>
    public BartBlock(ParameterSource parameters, string prefix, int width, int inner, int heads, UnaryOp activation, bool decodes)
    {
        (_prefix, _heads, _activation, _decodes) = (prefix, heads, activation, decodes);
        _scale = 1f / MathF.Sqrt(width / heads);
        _self = new Projections(parameters, $"{prefix}.self_attn", width);
        _selfNorm = new Norm(parameters, $"{prefix}.self_attn_layer_norm", width, Epsilon);
        if (decodes)
        {
            _cross = new Projections(parameters, $"{prefix}.encoder_attn", width);
            _crossNorm = new Norm(parameters, $"{prefix}.encoder_attn_layer_norm", width, Epsilon);
        }

        _up = parameters.Linear($"{prefix}.fc1", width, inner);
        _down = parameters.Linear($"{prefix}.fc2", inner, width);
        _mlpNorm = new Norm(parameters, $"{prefix}.final_layer_norm", width, Epsilon);
    }

    /// <inheritdoc/>
    public StageState Forward(StageContext context, StageState input)
    {
        Tape tape = context.Tape;
        Value x = input.RequireHidden();
        x = _selfNorm.Forward(tape, tape.Add(x, context.Linear(_self.Out, AttendSelf(context, x))));
        if (_cross is { } cross && _crossNorm is { } norm)
        {
            x = norm.Forward(tape, tape.Add(x, context.Linear(cross.Out, AttendEncoder(context, cross, x, input.Encoder))));
        }

        Value up = tape.Unary(_activation, context.Linear(_up, x));
        return input with { Hidden = _mlpNorm.Forward(tape, tape.Add(x, context.Linear(_down, up))) };
    }

    private Value AttendSelf(StageContext context, Value x)
    {
        (Value q, Value k, Value v) = (Split(context, _self.Query, x), Split(context, _self.Key, x), Split(context, _self.Value, x));
        return _decodes
            ? CausalAttention.Attend(context, $"{_prefix}.self", q, k, v, _scale)
            : EncoderAttention.Attend(context, q, k, v, _scale);
    }

    private Value AttendEncoder(StageContext context, Projections cross, Value x, Value? encoder)
    {
        Value Source() => encoder ?? throw new InvalidOperationException("A decoder block was run without the encoder's output or a cache of it.");
        return EncoderAttention.Cross(
            context,
            $"{_prefix}.cross",
            Split(context, cross.Query, x),
            () => (Split(context, cross.Key, Source()), Split(context, cross.Value, Source())),
            _scale);
    }

    private Value Split(StageContext context, LinearLayer layer, Value x) => Attention.Split(context.Tape, context.Linear(layer, x), _heads);

    private sealed class Projections(ParameterSource parameters, string prefix, int width)
    {
        public LinearLayer Query { get; } = parameters.Linear($"{prefix}.q_proj", width, width);

        public LinearLayer Key { get; } = parameters.Linear($"{prefix}.k_proj", width, width);

        public LinearLayer Value { get; } = parameters.Linear($"{prefix}.v_proj", width, width);

        public LinearLayer Out { get; } = parameters.Linear($"{prefix}.out_proj", width, width);
    }
}
