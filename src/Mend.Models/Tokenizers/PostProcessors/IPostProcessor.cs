namespace Mend.Models.Tokenizers.PostProcessors;

/// <summary>Adds the special tokens that a model expects around one text or two. Thread-safe.</summary>
internal interface IPostProcessor
{
    /// <param name="first">The sequence; segments are 0.</param>
    /// <param name="second">The second sequence of a pair, segments 0 too; null for one text.</param>
    /// <returns>The sequence to feed.</returns>
    TokenizedPair Process(TokenizedPair first, TokenizedPair? second);
}
