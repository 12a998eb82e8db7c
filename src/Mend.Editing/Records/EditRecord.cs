namespace Mend.Editing;

/// <summary>A prompt and its answer.</summary>
/// <param name="Text">The prompt, without a space at its end.</param>
/// <param name="Target">The answer, without a space at its start.</param>
public readonly record struct PromptTarget(string Text, string Target);

/// <summary>
/// An edit with what is needed to train on it and to judge it: rephrases that must follow it and unrelated prompts that
/// must not.
/// </summary>
public sealed record EditRecord
{
    /// <summary>Its name in the data set.</summary>
    public required string Id { get; init; }

    /// <summary>The prompt to edit.</summary>
    public required string Prompt { get; init; }

    /// <summary>What the prompt is about, as it stands in it; null where the data set does not say.</summary>
    public string? Subject { get; init; }

    /// <summary>The answer it shall get: text, or "true" or "false" for classification.</summary>
    public required string Target { get; init; }

    /// <summary>The answer it had, if the data set says so.</summary>
    public string? TrueTarget { get; init; }

    /// <summary>Other wordings of the prompt; the same answer is wanted.</summary>
    public IReadOnlyList<string> Rephrases { get; init; } = [];

    /// <summary>Unrelated prompts with their true answers, which shall stay as they are.</summary>
    public IReadOnlyList<PromptTarget> Locality { get; init; } = [];
}
