namespace Mend.Sharding;

/// <summary>How the next token is chosen.</summary>
public sealed record SamplingOptions
{
    /// <summary>Most tokens to generate; 0 generates none, for the prompt's own likelihood.</summary>
    public int MaxNewTokens { get; init; } = 20;

    /// <summary>Logits are divided by it before sampling; 0 takes the most likely token.</summary>
    public double Temperature { get; init; }

    /// <summary>Tokens are drawn from the smallest set whose probability reaches it; above 0, at most 1.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Seed of the draws.</summary>
    public int Seed { get; init; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the value and its range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(MaxNewTokens, nameof(MaxNewTokens));
        ArgumentOutOfRangeException.ThrowIfNegative(Temperature, nameof(Temperature));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(TopP, nameof(TopP));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(TopP, 1, nameof(TopP));
    }
}
