namespace Mend.Sharding;

/// <summary>Limits of generation.</summary>
public sealed record GenerationOptions
{
    /// <summary>Default of the most rows of one step.</summary>
    public const int DefaultRowsPerStep = 128;

    /// <summary>
    /// Most rows of one step, over all texts that run together; at least 2. A step reads all weights once however many rows it has, so more of them make
    /// more tokens of it, and a token of a running text waits longer for the prompts of others.
    /// </summary>
    public int RowsPerStep { get; init; } = DefaultRowsPerStep;
}
