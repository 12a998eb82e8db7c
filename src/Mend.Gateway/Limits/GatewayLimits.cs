namespace Mend.Gateway;

/// <summary>How much a gateway takes at a time.</summary>
public sealed record GatewayLimits
{
    /// <summary>Most tokens of one answer; an answer that asks for more has these.</summary>
    public int MaxTokens { get; init; } = 4096;

    /// <summary>Most answers of one request: prompts times choices.</summary>
    public int MaxChoices { get; init; } = 128;

    /// <summary>Most characters, or tokens, of the prompts of one request.</summary>
    public int MaxPromptLength { get; init; } = 1 << 20;

    /// <summary>Most bytes of a request's body.</summary>
    public long MaxBody { get; init; } = 8 << 20;

    /// <summary>Most edits of one request.</summary>
    public int MaxEdits { get; init; } = 256;

    /// <summary>Requests that are worked on at a time.</summary>
    public int Running { get; init; } = 32;

    /// <summary>Requests that wait for their turn; more are told to come back.</summary>
    public int Waiting { get; init; } = 256;

    /// <summary>Requests that are taken from each caller in a minute; null for any number.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>The longest that a request may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(10);
}
