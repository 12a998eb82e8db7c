using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mend.Ledger;
using Mend.Models.Chat;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>A request for the next message of a conversation, as OpenAI's API has it.</summary>
public sealed record ChatRequest : SamplingRequest
{
    private const int MostAlternatives = 20;

    /// <summary>The conversation: objects with role and content, and whatever else the model's chat template looks at.</summary>
    public IReadOnlyList<JsonElement>? Messages { get; init; }

    /// <summary>Most tokens of an answer; as many as there is room for unless given.</summary>
    public int? MaxCompletionTokens { get; init; }

    /// <summary>The older name of the same.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Whether to tell the log-probability of each token.</summary>
    public bool? Logprobs { get; init; }

    /// <summary>How many of the most likely tokens to tell at each place; only with logprobs.</summary>
    public int? TopLogprobs { get; init; }

    /// <summary>Only text is to be had.</summary>
    public ResponseFormat? ResponseFormat { get; init; }

    /// <summary>Only an empty list is taken.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>Only an empty list is taken.</summary>
    public JsonElement? Functions { get; init; }

    /// <summary>The questions, one for each answer.</summary>
    /// <exception cref="RequestException">A value is not taken.</exception>
    internal IReadOnlyList<Question> Questions(ChatFormat format, ModelVersion version, GatewayLimits limits)
    {
        Check("max_tokens", MaxTokens, 1, int.MaxValue);
        Check("max_completion_tokens", MaxCompletionTokens, 1, int.MaxValue);
        Check("top_logprobs", TopLogprobs, 0, MostAlternatives);
        Check("n", N, 1, limits.MaxChoices);
        Refuse("tools", IsGiven(Tools));
        Refuse("functions", IsGiven(Functions));
        Refuse("response_format", ResponseFormat?.Type is not (null or "text"));
        if (TopLogprobs is not null && Logprobs != true)
        {
            throw RequestException.Invalid("top_logprobs", "top_logprobs is told with logprobs only; set logprobs to true.");
        }

        string prompt = format.Prompt(Conversation());
        if (prompt.Length > limits.MaxPromptLength)
        {
            throw new RequestException(ErrorKinds.TooLarge, $"The messages have {prompt.Length} characters; at most {limits.MaxPromptLength} are taken at a time.", "messages");
        }

        SamplingOptions sampling = Sampling(Math.Min(MaxCompletionTokens ?? MaxTokens ?? int.MaxValue, limits.MaxTokens));
        Question question = new(prompt, version) { Ends = format.TurnEnds, Stops = Stops(), Alternatives = Logprobs == true ? TopLogprobs ?? 0 : null };
        return [.. Enumerable.Range(0, N ?? 1).Select(i => question with { Sampling = sampling with { Seed = unchecked(sampling.Seed + i) & int.MaxValue } })];
    }

    private List<ChatMessage> Conversation()
    {
        if (Messages is not { Count: > 0 })
        {
            throw RequestException.Invalid("messages", "messages is wanted as a list of at least one message, such as {\"role\": \"user\", \"content\": \"Hello\"}.");
        }

        return [.. Messages.Select((m, i) => Message(m, $"messages[{i}]"))];
    }

    /// <summary>A message as templates know it: parts of text are one text, and a developer is the system.</summary>
    private static ChatMessage Message(JsonElement message, string place)
    {
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("role", out JsonElement role) || role.ValueKind != JsonValueKind.String)
        {
            throw RequestException.Invalid(place, $"{place} is wanted as an object with a role, such as {{\"role\": \"user\", \"content\": \"Hello\"}}.");
        }

        JsonObject known = JsonObject.Create(message)!;
        if (role.ValueEquals("developer"))
        {
            known["role"] = "system";
        }

        if (message.TryGetProperty("content", out JsonElement content) && content.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
        {
            known["content"] = Text(content, place);
        }

        return new ChatMessage(JsonSerializer.SerializeToElement(known));
    }

    private static string Text(JsonElement content, string place)
    {
        StringBuilder text = new();
        foreach (JsonElement part in content.ValueKind == JsonValueKind.Array ? content.EnumerateArray() : throw NoText(place))
        {
            text.Append(part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out JsonElement piece) && piece.ValueKind == JsonValueKind.String
                ? piece.GetString()
                : throw NoText(place));
        }

        return text.ToString();
    }

    private static RequestException NoText(string place) =>
        RequestException.Invalid($"{place}.content", $"{place}.content is wanted as a text, or as a list of parts {{\"type\": \"text\", \"text\": …}}; other parts are not to be had here.");

    private static bool IsGiven(JsonElement? list) => list is { ValueKind: not JsonValueKind.Null } given && !(given.ValueKind == JsonValueKind.Array && given.GetArrayLength() == 0);
}

/// <summary>The form of an answer.</summary>
/// <param name="Type">text.</param>
public sealed record ResponseFormat(string? Type);
