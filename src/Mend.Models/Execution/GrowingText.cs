namespace Mend.Models.Execution;

/// <summary>A text in generation, as one pass sees it.</summary>
/// <param name="Start">Its first row among those of the pass.</param>
/// <param name="Count">Number of its rows.</param>
/// <param name="Cache">Keys and values of the tokens before them.</param>
public sealed record GrowingText(int Start, int Count, KeyValueCache Cache)
{
    /// <summary>Where its rows stand in it.</summary>
    public TokenRun Run => new(Start, Cache.Length, Count);
}

/// <summary>Tokens of one text that follow each other.</summary>
/// <param name="Start">Place of the first in its row of the batch.</param>
/// <param name="Past">Tokens of the text before them.</param>
/// <param name="Count">How many they are.</param>
public readonly record struct TokenRun(int Start, int Past, int Count)
{
    /// <summary>Length of the text with them.</summary>
    public int Length => Past + Count;
}
