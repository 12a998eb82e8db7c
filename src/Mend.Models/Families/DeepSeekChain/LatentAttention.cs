using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// Multi-head latent attention (DeepSeek-AI, 2024, section 2.1): keys and values of all heads come from one short vector per token, and so
/// may queries; one more part of each key, equal in all heads, holds the position.
/// </summary>
internal sealed class LatentAttention : ISublayer
{
    /// <summary>ε of the norms of the short vectors, whatever the configuration says of the others.</summary>
    private const float Epsilon = 1e-6f;

    private readonly LatentOptions _options;
    private readonly string _prefix;
    private readonly LinearLayer? _queryDown;
    private readonly RmsNorm? _queryNorm;
    private readonly LinearLayer _queryUp;
    private readonly LinearLayer _keyDown;
    private readonly RmsNorm _keyNorm;
    private readonly LinearLayer _keyUp;
    private readonly LinearLayer _out;

    /// <summary>Loads the matrices.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">"model.layers.3".</param>
    /// <param name="width">Size of the hidden states.</param>
    /// <param name="options">Sizes.</param>
    public LatentAttention(ParameterSource parameters, string prefix, int width, LatentOptions options)
    {
        (_options, _prefix) = (options, prefix);
        string own = $"{prefix}.self_attn";
        int queries = options.Heads * (options.Plain + options.Turned);
        if (options.QueryRank is { } rank)
        {
            _queryDown = parameters.Linear($"{own}.q_a_proj", width, rank, options.Bias);
            _queryNorm = new RmsNorm(parameters, $"{own}.q_a_layernorm", rank, Epsilon);
            _queryUp = parameters.Linear($"{own}.q_b_proj", rank, queries, bias: false);
        }
        else
        {
            _queryUp = parameters.Linear($"{own}.q_proj", width, queries, bias: false);
        }

        _keyDown = parameters.Linear($"{own}.kv_a_proj_with_mqa", width, options.KeyRank + options.Turned, options.Bias);
        _keyNorm = new RmsNorm(parameters, $"{own}.kv_a_layernorm", options.KeyRank, Epsilon);
        _keyUp = parameters.Linear($"{own}.kv_b_proj", options.KeyRank, options.Heads * (options.Plain + options.Value), bias: false);
        _out = parameters.Linear($"{own}.o_proj", options.Heads * options.Value, width, options.Bias);
    }

    /// <inheritdoc/>
    public Value Forward(StageContext context, Value x)
    {
        Tape tape = context.Tape;
        (int heads, int plain, int turned) = (_options.Heads, _options.Plain, _options.Turned);
        Value latent = context.Linear(_keyDown, x);
        Value shared = Turned(context, Attention.Split(tape, tape.Narrow(latent, 2, _options.KeyRank, turned), 1));
        Value both = Attention.Split(tape, context.Linear(_keyUp, _keyNorm.Forward(tape, tape.Narrow(latent, 2, 0, _options.KeyRank))), heads);
        Value queries = Attention.Split(tape, context.Linear(_queryUp, QueryInput(context, x)), heads);
        Value q = tape.Concat(3, tape.Narrow(queries, 3, 0, plain), Turned(context, tape.Narrow(queries, 3, plain, turned)));
        Value k = tape.Concat(3, tape.Narrow(both, 3, 0, plain), tape.Expand(shared, [x.Shape[0], x.Shape[1], heads, turned]));
        Value v = tape.Narrow(both, 3, plain, _options.Value);
        return context.Linear(_out, CausalAttention.Attend(context, _prefix, q, k, v, _options.Scale));
    }

    private Value QueryInput(StageContext context, Value x) =>
        _queryDown is { } down && _queryNorm is { } norm ? norm.Forward(context.Tape, context.Linear(down, x)) : x;

    private Value Turned(StageContext context, Value heads) => _options.Turn.Forward(context, heads);
}

/// <summary>Sizes of <see cref="LatentAttention"/>.</summary>
internal sealed record LatentOptions
{
    /// <summary>Number of heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Length of the vector that queries come from; null means that they come from the hidden states.</summary>
    public required int? QueryRank { get; init; }

    /// <summary>Length of the vector that keys and values come from.</summary>
    public required int KeyRank { get; init; }

    /// <summary>Entries of a query or key head that know no position.</summary>
    public required int Plain { get; init; }

    /// <summary>Entries that are turned by their position.</summary>
    public required int Turned { get; init; }

    /// <summary>Entries of a value head.</summary>
    public required int Value { get; init; }

    /// <summary>Whether the matrices at the hidden states have biases.</summary>
    public required bool Bias { get; init; }

    /// <summary>Factor on the scores.</summary>
    public required float Scale { get; init; }

    /// <summary>Turns by positions.</summary>
    public required RotaryTable Turn { get; init; }
}
