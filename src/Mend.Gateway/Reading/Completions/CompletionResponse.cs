using System.Text.Json.Serialization;

namespace Mend.Gateway;

/// <summary>Completions, or a piece of them.</summary>
public sealed record CompletionResponse
{
    /// <summary>The same for all pieces of one answer.</summary>
    public required string Id { get; init; }

    /// <summary>text_completion.</summary>
    public string Object { get; init; } = "text_completion";

    /// <summary>When it was asked, in seconds since 1970.</summary>
    public required long Created { get; init; }

    /// <summary>The version that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The base model's digest and the version.</summary>
    public required string SystemFingerprint { get; init; }

    /// <summary>The answers.</summary>
    public required IReadOnlyList<CompletionChoice> Choices { get; init; }

    /// <summary>How many tokens that took.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }
}

/// <summary>One answer, or a piece of it.</summary>
/// <param name="Index">Which.</param>
/// <param name="Text">Its text.</param>
/// <param name="Logprobs">How likely its tokens are, where that was asked for.</param>
/// <param name="FinishReason">stop or length, once it ended.</param>
public sealed record CompletionChoice(int Index, string Text, CompletionLogprobs? Logprobs, string? FinishReason);

/// <summary>How likely the tokens of a text are.</summary>
/// <param name="Tokens">Their texts.</param>
/// <param name="TokenLogprobs">Their log-probabilities; null for a token that nothing stands before.</param>
/// <param name="TopLogprobs">The most likely tokens at the same places.</param>
/// <param name="TextOffset">Where each begins in the text.</param>
public sealed record CompletionLogprobs(
    IReadOnlyList<string> Tokens, IReadOnlyList<double?> TokenLogprobs, IReadOnlyList<IReadOnlyDictionary<string, double>?> TopLogprobs, IReadOnlyList<int> TextOffset);
