using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>An edit that is asked for.</summary>
/// <param name="Prompt">The prompt whose answer is wrong.</param>
/// <param name="Target">The right answer.</param>
/// <param name="IdempotencyKey">Repeating a request with the same key commits nothing new; null for no key.</param>
public sealed record EditRequest(string Prompt, string Target, string? IdempotencyKey = null)
{
    /// <summary>What the prompt is about, as it stands in it and in the rephrases; null lets the method find out.</summary>
    public string? Subject { get; init; }

    /// <summary>Other wordings that shall get the same answer; methods that edit one prompt only refuse them.</summary>
    public IReadOnlyList<string> Rephrases { get; init; } = [];

    /// <summary>Commits the edit even if a look at it before says that it does not do what it should.</summary>
    public bool Force { get; init; }

    /// <summary>Who asks for it and why; null where that is not to be kept.</summary>
    public EditOrigin? Origin { get; init; }

    /// <summary>The head that the edit is for; null for any. At another one nothing is committed.</summary>
    public ModelVersion? Expected { get; init; }
}

/// <summary>Versions that are to be taken back.</summary>
/// <param name="Versions">The versions, at least one, no two equal.</param>
/// <param name="IdempotencyKey">Repeating a request with the same key takes back nothing more; null for no key.</param>
public sealed record RevertRequest(IReadOnlyList<ModelVersion> Versions, string? IdempotencyKey = null)
{
    /// <summary>Who asks for it and why; null where that is not to be kept.</summary>
    public EditOrigin? Origin { get; init; }

    /// <summary>The head that the revert is for; null for any. At another one nothing is committed.</summary>
    public ModelVersion? Expected { get; init; }
}

/// <summary>What became of an edit.</summary>
/// <param name="Version">The version that holds it.</param>
/// <param name="AlreadyCommitted">Whether an earlier request with the same keys had committed it.</param>
/// <param name="Attempts">Gradient passes made; more than one when other edits were committed meanwhile.</param>
/// <param name="Stages">Time spent by stage.</param>
public sealed record EditOutcome(ModelVersion Version, bool AlreadyCommitted, int Attempts, IReadOnlyList<StageDuration> Stages)
{
    /// <summary>Edits of the request that were not committed, because they would not do what they should.</summary>
    public IReadOnlyList<RejectedEdit> Rejected { get; init; } = [];
}

/// <summary>An edit that was not committed.</summary>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Target">The answer it should teach.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record RejectedEdit(string Prompt, string Target, string Reason);

/// <summary>What became of a consolidation.</summary>
/// <param name="Version">The version that holds it.</param>
/// <param name="Edits">How many edits it is for.</param>
public sealed record ConsolidationOutcome(ModelVersion Version, int Edits);

/// <summary>Time spent in one stage of an edit.</summary>
/// <param name="Stage">queue, gradient (with the editor networks), strength or contribute, guard, prepare, commit or publish.</param>
/// <param name="Duration">How long.</param>
public sealed record StageDuration(string Stage, TimeSpan Duration);

/// <summary>Edits computed but not committed.</summary>
/// <param name="ReadVersion">The version they go on top of.</param>
/// <param name="Factors">Factors per edited layer, of all edits.</param>
/// <param name="Stages">Time spent by stage.</param>
public sealed record EditDraft(ModelVersion ReadVersion, IReadOnlyList<EditFactors> Factors, IReadOnlyList<StageDuration> Stages)
{
    /// <summary>What the guard sees of them; null where it was not asked, or the method has none.</summary>
    public GuardReport? Guard { get; init; }
}

/// <summary>A prompt to answer.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Version">The version to read; null for the head.</param>
/// <param name="Preview">A draft laid over the version it was computed on; then <paramref name="Version"/> is ignored.</param>
public sealed record Question(string Prompt, ModelVersion? Version = null, EditDraft? Preview = null)
{
    /// <summary>The prompt as the model's tokens, in place of <see cref="Prompt"/>; null for the text's own.</summary>
    public IReadOnlyList<int>? PromptTokens { get; init; }

    /// <summary>Tokens that end the answer beside those that always do.</summary>
    public IReadOnlySet<int> Ends { get; init; } = new HashSet<int>();

    /// <summary>Texts that end the answer and are no part of it; none is empty.</summary>
    public IReadOnlyList<string> Stops { get; init; } = [];

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Called with each piece of the answer as it is generated, in order; null waits for the whole.</summary>
    public Action<AnswerPiece>? OnPiece { get; init; }

    /// <summary>How many of the most likely tokens are told at each place, beside the likelihood of the one that stands there; null tells neither.</summary>
    public int? Alternatives { get; init; }

    /// <summary>Whether the likelihood of the prompt's own tokens is wanted too; only where <see cref="Alternatives"/> is given.</summary>
    public bool ScoresPrompt { get; init; }
}

/// <summary>A piece of an answer.</summary>
/// <param name="Text">The text; may be empty.</param>
/// <param name="Tokens">The tokens that begin in it, where their likelihood was asked for; else none.</param>
public sealed record AnswerPiece(string Text, IReadOnlyList<ChosenToken> Tokens);

/// <summary>Why an answer ended.</summary>
public enum AnswerEnd
{
    /// <summary>The model ended it, or a text did that shall.</summary>
    Stop,

    /// <summary>It has as many tokens as were asked for, or as the model has room for.</summary>
    Length,
}

/// <summary>An answer.</summary>
/// <param name="Text">The text, without the prompt.</param>
/// <param name="Version">The version that was read.</param>
/// <param name="Tokens">Number of tokens generated; 0 for a classifier.</param>
public sealed record Answer(string Text, ModelVersion Version, int Tokens)
{
    /// <summary>Number of tokens of the prompt.</summary>
    public int PromptTokens { get; init; }

    /// <summary>Why it ended.</summary>
    public AnswerEnd End { get; init; }

    /// <summary>The prompt's tokens, where they were to be scored. The first one follows nothing: its log-probability is 0 and it has no alternatives.</summary>
    public IReadOnlyList<ChosenToken> Prompt { get; init; } = [];
}

/// <summary>How likely an answer is.</summary>
/// <param name="Probability">exp of the mean log-probability of its tokens.</param>
/// <param name="IsPredicted">Whether each of its tokens is the most likely one.</param>
public sealed record AnswerScore(double Probability, bool IsPredicted);
