using Mend.Editing;
using Mend.Models;

namespace Mend.Sharding;

/// <summary>The work that a <see cref="DryRun"/> does.</summary>
public sealed record DryRunWork
{
    /// <summary>Full names of the edited layers.</summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>Shape of the editor.</summary>
    public EditorOptions Editor { get; init; } = new();

    /// <summary>Tokens of a sequence, prompt and answer together; of the prompt, where an encoder reads it. At least 1.</summary>
    public required int Tokens { get; init; }

    /// <summary>Tokens of the answer, at least 1; where one stack reads both, at most <see cref="Tokens"/>. Not used for classification.</summary>
    public required int AnswerTokens { get; init; }

    /// <summary>Sequences of the gradient pass and of generation. An edit is one sequence.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>An edit of the sizes above; its tokens differ, so that a mixture sends them to different experts.</summary>
    /// <param name="architecture">The model, whose task decides what an example consists of.</param>
    public EncodedExample Example(ModelArchitecture architecture) => architecture.Task switch
    {
        ModelTask.Causal => new EncodedExample
        {
            InputIds = [.. Enumerable.Range(0, Tokens).Select(i => (int)(7919L * i % architecture.Vocabulary))],
            TargetRows = [.. Enumerable.Range(Tokens - AnswerTokens, AnswerTokens)],
            TargetTokens = new int[AnswerTokens],
        },
        ModelTask.SequenceToSequence => new EncodedExample
        {
            InputIds = new int[Tokens],
            DecoderIds = new int[AnswerTokens],
            TargetRows = [.. Enumerable.Range(0, AnswerTokens)],
            TargetTokens = new int[AnswerTokens],
        },
        _ => new EncodedExample { InputIds = new int[Tokens], TargetRows = [0], TargetTokens = [1] },
    };
}
