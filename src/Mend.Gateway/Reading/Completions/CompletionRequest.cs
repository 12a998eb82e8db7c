using System.Text.Json;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>A request for completions, as OpenAI's API has it.</summary>
public sealed record CompletionRequest : SamplingRequest
{
    private const int DefaultTokens = 16;
    private const int MostAlternatives = 20;

    /// <summary>A text, several, a list of tokens, or several lists.</summary>
    public JsonElement? Prompt { get; init; }

    /// <summary>Most tokens to generate; 16 unless given. 0 with echo and logprobs tells how likely the prompt is.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Whether the prompt is told again before its answer.</summary>
    public bool? Echo { get; init; }

    /// <summary>The log-probability of each token, and as many of the most likely ones at its place.</summary>
    public int? Logprobs { get; init; }

    /// <summary>Only the number of answers asked for is taken.</summary>
    public int? BestOf { get; init; }

    /// <summary>Only an empty one is taken.</summary>
    public string? Suffix { get; init; }

    /// <summary>The questions, those of one prompt one after the other.</summary>
    /// <exception cref="RequestException">A value is not taken.</exception>
    internal IReadOnlyList<Question> Questions(Mend.Ledger.ModelVersion version, GatewayLimits limits)
    {
        Check("max_tokens", MaxTokens, Echo == true ? 0 : 1, int.MaxValue);
        Check("logprobs", Logprobs, 0, MostAlternatives);
        Refuse("best_of", BestOf is { } best && best != (N ?? 1));
        Refuse("suffix", !string.IsNullOrEmpty(Suffix));
        SamplingOptions sampling = Sampling(Math.Min(MaxTokens ?? DefaultTokens, limits.MaxTokens));
        IReadOnlyList<string> stops = Stops();
        IReadOnlyList<Question> prompts = Prompts(limits);
        int choices = checked((int)Math.Min((long)prompts.Count * (N ?? 1), int.MaxValue));
        return choices > limits.MaxChoices
            ? throw RequestException.Invalid("n", $"{choices} answers are asked for; at most {limits.MaxChoices} are given at a time.")
            : [.. prompts.SelectMany(p => Enumerable.Range(0, N ?? 1).Select(i => p with
            {
                Version = version,
                Stops = stops,
                Alternatives = Logprobs,
                ScoresPrompt = Echo == true && Logprobs is not null,
                Sampling = sampling with { Seed = unchecked(sampling.Seed + i) & int.MaxValue },
            }))];
    }

    private IReadOnlyList<Question> Prompts(GatewayLimits limits)
    {
        IReadOnlyList<Question>? prompts = Prompt switch
        {
            { ValueKind: JsonValueKind.String } text => [new Question(text.GetString()!)],
            { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() > 0 => list[0].ValueKind switch
            {
                JsonValueKind.String when list.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String) => [.. list.EnumerateArray().Select(e => new Question(e.GetString()!))],
                JsonValueKind.Number => OfTokens(list) is { } tokens ? [tokens] : null,
                JsonValueKind.Array => list.EnumerateArray().Select(OfTokens).ToList() is var many && many.TrueForAll(m => m is not null) ? [.. many.OfType<Question>()] : null,
                _ => null,
            },
            _ => null,
        };
        if (prompts is null)
        {
            throw RequestException.Invalid("prompt", "prompt is wanted as a text, a list of texts, a list of tokens, or a list of such lists.");
        }

        long length = prompts.Sum(p => (long)(p.PromptTokens?.Count ?? p.Prompt.Length));
        return length <= limits.MaxPromptLength
            ? prompts
            : throw new RequestException(ErrorKinds.TooLarge, $"The prompts have {length} characters or tokens; at most {limits.MaxPromptLength} are taken at a time.", "prompt");
    }

    private static Question? OfTokens(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out _))
            ? new Question("") { PromptTokens = [.. list.EnumerateArray().Select(e => e.GetInt32())] }
            : null;
}
