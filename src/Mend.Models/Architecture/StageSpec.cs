using Mend.Models.Execution;

namespace Mend.Models;

/// <summary>What a stage is in the chain.</summary>
public enum StageKind
{
    /// <summary>Token and position embeddings: an end of the chain, or the decoder's start.</summary>
    Embedding,

    /// <summary>One transformer layer.</summary>
    Block,

    /// <summary>A norm between or after the blocks.</summary>
    Norm,

    /// <summary>From hidden states to logits.</summary>
    Head,
}

/// <summary>
/// One link of the chain that a model is: where it stands, which parameters it reads, and how it is made from them. The
/// parameters are found by making the stage from a source that only takes notes, so they are written down once.
/// </summary>
public sealed class StageSpec
{
    private readonly Func<ParameterSource, IStage> _create;
    private readonly Lazy<IReadOnlyList<ParameterSpec>> _parameters;

    /// <summary>Creates the specification.</summary>
    /// <param name="name">A name for plans and messages, such as "block 3".</param>
    /// <param name="kind">What it is.</param>
    /// <param name="create">Makes the stage from a source of parameters.</param>
    public StageSpec(string name, StageKind kind, Func<ParameterSource, IStage> create)
    {
        Name = name;
        Kind = kind;
        _create = create;
        _parameters = new Lazy<IReadOnlyList<ParameterSpec>>(() =>
        {
            PlannedSource notes = new();
            create(notes);
            return notes.Parameters;
        });
    }

    /// <summary>A name for plans and messages.</summary>
    public string Name { get; }

    /// <summary>What it is.</summary>
    public StageKind Kind { get; }

    /// <summary>What it reads from the checkpoint, in order.</summary>
    public IReadOnlyList<ParameterSpec> Parameters => _parameters.Value;

    /// <summary>Makes the stage.</summary>
    /// <param name="source">Where its parameters come from; owns them.</param>
    public IStage Create(ParameterSource source) => _create(source);
}
