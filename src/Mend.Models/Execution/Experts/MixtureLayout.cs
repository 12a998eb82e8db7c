using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>The mixtures of experts of a model: in which layers they stand, and what they are made of. Immutable.</summary>
internal sealed record MixtureLayout
{
    /// <summary>How tokens find their experts.</summary>
    public required ExpertRouting Routing { get; init; }

    /// <summary>Size between the matrices of an expert.</summary>
    public required int Inner { get; init; }

    /// <summary>Whether a layer has a mixture.</summary>
    public Func<int, bool> Holds { get; init; } = _ => true;

    /// <summary>Name of the mixture in its layer.</summary>
    public string Module { get; init; } = "mlp";

    /// <summary>Names of an expert's matrices.</summary>
    public ExpertNames Names { get; init; } = new();

    /// <summary>Whether the router has a correction for the choice (see <see cref="ExpertRouter"/>).</summary>
    public bool Corrected { get; init; }

    /// <summary>The MLP that all tokens share; null means none.</summary>
    public SharedExpert? Shared { get; init; }

    /// <summary>Loads a layer's mixture.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="layer">"model.layers.3".</param>
    /// <param name="width">Size of the hidden states.</param>
    /// <param name="activation">The gates' activation.</param>
    public ISublayer Build(ParameterSource parameters, string layer, int width, UnaryOp activation)
    {
        string prefix = $"{layer}.{Module}";
        return new ExpertMixture(
            new ExpertRouter(parameters, $"{prefix}.gate", width, Routing, Corrected),
            new ExpertSet(parameters, $"{prefix}.experts", width, Inner, activation, Routing, Names),
            Shared?.Build(parameters, prefix, width, activation));
    }

    /// <summary>Full names of the output matrices of a layer's mixture.</summary>
    /// <param name="layer">"model.layers.3".</param>
    public IEnumerable<string> Outputs(string layer)
    {
        string prefix = $"{layer}.{Module}";
        IEnumerable<string> own = Enumerable.Range(0, Routing.Experts).Select(e => $"{prefix}.experts.{e}.{Names.Down}.weight");
        return Shared is null ? own : own.Append($"{prefix}.{Shared.Name}.down_proj.weight");
    }
}

/// <summary>An MLP of a mixture that all tokens share.</summary>
/// <param name="Name">Its name in the mixture.</param>
/// <param name="Inner">Size between its matrices.</param>
internal sealed record SharedExpert(string Name, int Inner)
{
    /// <summary>Whether its matrices have biases.</summary>
    public bool Bias { get; init; }

    /// <summary>Name of a layer with one output whose σ its output is multiplied by; null means none.</summary>
    public string? Gate { get; init; }

    /// <summary>Loads it.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">"model.layers.3.mlp".</param>
    /// <param name="width">Size of the hidden states.</param>
    /// <param name="activation">The gate's activation.</param>
    public ISublayer Build(ParameterSource parameters, string prefix, int width, UnaryOp activation)
    {
        GatedMlp mlp = new(parameters, $"{prefix}.{Name}", width, Inner, activation, Bias);
        return Gate is null ? mlp : new Dimmed(parameters.Linear($"{prefix}.{Gate}", width, 1, bias: false), mlp);
    }

    private sealed class Dimmed(LinearLayer gate, ISublayer inner) : ISublayer
    {
        public Value Forward(StageContext context, Value x)
        {
            Tape tape = context.Tape;
            return tape.Multiply(inner.Forward(context, x), tape.Unary(UnaryOp.Sigmoid, context.Linear(gate, x)));
        }
    }
}
