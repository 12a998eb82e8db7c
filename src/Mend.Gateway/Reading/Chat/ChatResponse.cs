using System.Text.Json.Serialization;

namespace Mend.Gateway;

/// <summary>Answers to a conversation, or a piece of them.</summary>
public sealed record ChatResponse
{
    /// <summary>The same for all pieces of one answer.</summary>
    public required string Id { get; init; }

    /// <summary>chat.completion, or chat.completion.chunk for a piece.</summary>
    public required string Object { get; init; }

    /// <summary>When it was asked, in seconds since 1970.</summary>
    public required long Created { get; init; }

    /// <summary>The version that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The base model's digest and the version.</summary>
    public required string SystemFingerprint { get; init; }

    /// <summary>The answers.</summary>
    public required IReadOnlyList<ChatChoice> Choices { get; init; }

    /// <summary>How many tokens that took.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }
}

/// <summary>One answer, or a piece of it.</summary>
public sealed record ChatChoice
{
    /// <summary>Which.</summary>
    public required int Index { get; init; }

    /// <summary>The whole message.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AssistantMessage? Message { get; init; }

    /// <summary>What is new of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MessageDelta? Delta { get; init; }

    /// <summary>How likely its tokens are, where that was asked for.</summary>
    public ChatLogprobs? Logprobs { get; init; }

    /// <summary>stop or length, once it ended.</summary>
    public string? FinishReason { get; init; }
}

/// <summary>What the model says.</summary>
/// <param name="Role">assistant.</param>
/// <param name="Content">The text.</param>
/// <param name="Refusal">Always null.</param>
public sealed record AssistantMessage(string Role, string Content, string? Refusal = null);

/// <summary>A piece of what the model says.</summary>
/// <param name="Role">assistant, in the first piece.</param>
/// <param name="Content">A piece of the text.</param>
public sealed record MessageDelta(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content = null);

/// <summary>How likely the tokens of a message are.</summary>
/// <param name="Content">The tokens.</param>
/// <param name="Refusal">Always null.</param>
public sealed record ChatLogprobs(IReadOnlyList<ChatTokenLogprob> Content, IReadOnlyList<ChatTokenLogprob>? Refusal = null);

/// <summary>How likely a token is.</summary>
/// <param name="Token">Its text.</param>
/// <param name="Logprob">Its log-probability.</param>
/// <param name="Bytes">The text in UTF-8; null for a part of a character.</param>
/// <param name="TopLogprobs">The most likely tokens at the same place.</param>
public sealed record ChatTokenLogprob(string Token, double Logprob, IReadOnlyList<int>? Bytes, IReadOnlyList<ChatTopLogprob> TopLogprobs);

/// <summary>A token that could stand at a place.</summary>
/// <param name="Token">Its text.</param>
/// <param name="Logprob">Its log-probability.</param>
/// <param name="Bytes">The text in UTF-8; null for a part of a character.</param>
public sealed record ChatTopLogprob(string Token, double Logprob, IReadOnlyList<int>? Bytes);
