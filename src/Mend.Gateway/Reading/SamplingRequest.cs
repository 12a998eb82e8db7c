using System.Text.Json;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>What completions and chats have in common: how answers are drawn and sent. Fields of OpenAI's API that are not here are passed over.</summary>
public abstract record SamplingRequest
{
    private const double HighestTemperature = 2;
    private const int MostStops = 16;

    /// <summary>A model's id: its name for the newest version, or name@version; without one the newest.</summary>
    public string? Model { get; init; }

    /// <summary>Answers to each prompt; 1 unless given.</summary>
    public int? N { get; init; }

    /// <summary>A text, or several, that end an answer and are no part of it.</summary>
    public JsonElement? Stop { get; init; }

    /// <summary>Whether the answer is sent as it is generated, as server-sent events.</summary>
    public bool? Stream { get; init; }

    /// <summary>What such a stream has beside the text.</summary>
    public StreamOptions? StreamOptions { get; init; }

    /// <summary>0 takes the most likely token each time; 1 unless given, at most 2.</summary>
    public double? Temperature { get; init; }

    /// <summary>Tokens are drawn from the smallest set with this probability; 1 unless given.</summary>
    public double? TopP { get; init; }

    /// <summary>The same seed draws the same answer of the same version; drawn at random unless given.</summary>
    public long? Seed { get; init; }

    /// <summary>Whose request it is; while a version is on trial the same user, or else the same seed, is always answered by the same version.</summary>
    public string? User { get; init; }

    /// <summary>What a request is told from others by, or null.</summary>
    internal string? Requester => User is not null ? $"user {User}" : Seed is { } seed ? $"seed {seed}" : null;

    /// <summary>Only 0 is taken.</summary>
    public double? PresencePenalty { get; init; }

    /// <summary>Only 0 is taken.</summary>
    public double? FrequencyPenalty { get; init; }

    /// <summary>Only an empty one is taken.</summary>
    public JsonElement? LogitBias { get; init; }

    /// <summary>How tokens are chosen.</summary>
    /// <exception cref="RequestException">A value is not taken.</exception>
    internal SamplingOptions Sampling(int maxTokens)
    {
        Check("temperature", Temperature, 0, HighestTemperature);
        Check("n", N, 1, int.MaxValue);
        if (TopP is { } top && top is not (> 0 and <= 1))
        {
            throw RequestException.Invalid("top_p", $"top_p was {top}; a number above 0, at most 1, is wanted.");
        }

        Refuse("presence_penalty", PresencePenalty is not (null or 0));
        Refuse("frequency_penalty", FrequencyPenalty is not (null or 0));
        Refuse("logit_bias", LogitBias is { ValueKind: not JsonValueKind.Null } bias && !(bias.ValueKind == JsonValueKind.Object && !bias.EnumerateObject().Any()));
        long seed = Seed ?? Random.Shared.NextInt64();
        return new SamplingOptions { MaxNewTokens = maxTokens, Temperature = Temperature ?? 1, TopP = TopP ?? 1, Seed = (int)((seed ^ (seed >> 32)) & int.MaxValue) };
    }

    /// <summary>The texts that end an answer.</summary>
    /// <exception cref="RequestException">They are none.</exception>
    internal IReadOnlyList<string> Stops()
    {
        IReadOnlyList<string>? stops = Stop switch
        {
            null or { ValueKind: JsonValueKind.Null } => [],
            { ValueKind: JsonValueKind.String } one => [one.GetString()!],
            { ValueKind: JsonValueKind.Array } many when many.EnumerateArray().All(s => s.ValueKind == JsonValueKind.String) => [.. many.EnumerateArray().Select(s => s.GetString()!)],
            _ => null,
        };
        return stops is not null && stops.Count <= MostStops && stops.All(s => s.Length > 0)
            ? stops
            : throw RequestException.Invalid("stop", $"stop is wanted as a text, or as a list of at most {MostStops} texts, none of them empty.");
    }

    internal static void Check(string name, double? value, double least, double most)
    {
        if (value is { } given && !(given >= least && given <= most))
        {
            throw RequestException.Invalid(name, $"{name} was {given}; {(most >= int.MaxValue ? $"at least {least}" : $"a number from {least} to {most}")} is wanted.");
        }
    }

    /// <summary>What would change the answer, and is not to be had, is refused and not passed over.</summary>
    internal static void Refuse(string name, bool asked)
    {
        if (asked)
        {
            throw RequestException.Invalid(name, $"{name} is not to be had here; leave it out.");
        }
    }
}

/// <summary>What a stream has beside the text.</summary>
public sealed record StreamOptions
{
    /// <summary>Whether a last piece tells the number of tokens.</summary>
    public bool? IncludeUsage { get; init; }
}

/// <summary>How many tokens a request took.</summary>
/// <param name="PromptTokens">Of its prompts.</param>
/// <param name="CompletionTokens">Of its answers.</param>
/// <param name="TotalTokens">Both.</param>
public sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens)
{
    internal static Usage Of(int prompt, int completion) => new(prompt, completion, prompt + completion);
}
