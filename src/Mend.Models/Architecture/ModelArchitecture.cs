namespace Mend.Models;

/// <summary>A model as its configuration describes it, before any weight is read.</summary>
public sealed record ModelArchitecture
{
    /// <summary>Where each parameter is read first: a mixture of experts has tens of thousands.</summary>
    private readonly Lazy<Dictionary<string, (int Stage, ParameterSpec Parameter)>> _places = new([]);

    /// <summary>The option model_type.</summary>
    public required string Family { get; init; }

    /// <summary>SHA-256 of the options that were read, as hexadecimal digits; empty for an architecture that no configuration describes.</summary>
    public string Options { get; init; } = string.Empty;

    /// <summary>What whoever uses the model should know of its files, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What it answers with.</summary>
    public required ModelTask Task { get; init; }

    /// <summary>The chain, first to last.</summary>
    public required IReadOnlyList<StageSpec> Stages
    {
        get;
        init
        {
            field = value;
            _places = new Lazy<Dictionary<string, (int, ParameterSpec)>>(() => Places(value));
        }
    }

    /// <summary>Size of the hidden states.</summary>
    public required int Width { get; init; }

    /// <summary>Number of token ids, which is the length of a row of logits.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Longest sequence, or null when only memory limits it.</summary>
    public int? MaxPositions { get; init; }

    /// <summary>
    /// Whether keys and values cached while the sequence had the first length serve it at the second; null means always. Positions whose
    /// encoding depends on the length of the sequence make all of it stale.
    /// </summary>
    public Func<int, int, bool>? CacheServes { get; init; }

    /// <summary>Number of attention heads, for plans of activation memory.</summary>
    public required int Heads { get; init; }

    /// <summary>Full names of the layers that the authors' configurations edit, in their order.</summary>
    public required IReadOnlyList<string> DefaultEditedLayers { get; init; }

    /// <summary>First input of the decoder, for sequence to sequence.</summary>
    public int? DecoderStart { get; init; }

    /// <summary>Whether targets are the decoder's inputs shifted by one (false for T5 and classification).</summary>
    public bool ShiftTargets { get; init; } = true;

    /// <summary>The stage at which the output's own tokens come in: the decoder's embeddings, or 0 without an encoder before them.</summary>
    public int DecoderStage => Stages.Index().Last(s => s.Item.Kind == StageKind.Embedding).Index;

    /// <summary>The stage that reads a parameter.</summary>
    /// <param name="parameter">Full name of a parameter.</param>
    /// <returns>The first stage that reads it, or -1.</returns>
    public int StageOf(string parameter) => _places.Value.TryGetValue(parameter, out (int Stage, ParameterSpec) place) ? place.Stage : -1;

    /// <summary>Whether a layer's rows are the output's: row t of its input is what the prediction at position t is made from.</summary>
    /// <param name="layer">Full name of a parameter.</param>
    public bool FollowsOutput(string layer) => Task != ModelTask.Classification && StageOf(layer) > DecoderStage;

    /// <summary>The specification of a linear layer's matrix.</summary>
    /// <param name="layer">Full name.</param>
    /// <exception cref="ModelException">No linear layer of a block has that name.</exception>
    public ParameterSpec Linear(string layer) =>
        _places.Value.TryGetValue(layer, out (int Stage, ParameterSpec Parameter) place) && Stages[place.Stage].Kind == StageKind.Block && place.Parameter.IsLinear
            ? place.Parameter
            : throw new ModelException($"The model has no linear layer '{layer}'; `mend plan` lists the layers that can be edited.");

    /// <summary>Turns layer names and patterns into full names, in the order of the chain per pattern.</summary>
    /// <param name="patterns">Full names, or patterns with * for any characters; none means the family's defaults.</param>
    /// <exception cref="ModelException">A pattern matches no linear layer.</exception>
    public IReadOnlyList<string> ResolveEditedLayers(IReadOnlyList<string> patterns)
    {
        if (patterns.Count == 0)
        {
            return DefaultEditedLayers;
        }

        List<string> all = [.. Stages.Where(s => s.Kind == StageKind.Block).SelectMany(s => s.Parameters).Where(p => p.IsLinear).Select(p => p.Name)];
        List<string> chosen = [];
        HashSet<string> seen = [];
        foreach (string pattern in patterns)
        {
            List<string> matches = [.. all.Where(name => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false))];
            if (matches.Count == 0)
            {
                throw new ModelException($"No linear layer matches '{pattern}'. Layers look like '{all[^1]}'; `mend plan` lists them.");
            }

            chosen.AddRange(matches.Where(seen.Add));
        }

        return chosen;
    }

    private static Dictionary<string, (int Stage, ParameterSpec Parameter)> Places(IReadOnlyList<StageSpec> stages)
    {
        Dictionary<string, (int Stage, ParameterSpec Parameter)> places = new(StringComparer.Ordinal);
        foreach ((int stage, StageSpec spec) in stages.Index())
        {
            foreach (ParameterSpec parameter in spec.Parameters)
            {
                places.TryAdd(parameter.Name, (stage, parameter));
            }
        }

        return places;
    }
}
