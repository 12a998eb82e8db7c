namespace Mend.Models.Tokenizers;

/// <summary>How a tokenizer is read, where its files leave a choice.</summary>
public sealed record TokenizerOptions
{
    /// <summary>
    /// Whether decoding WordPiece tokens closes the gaps before punctuation ("Paris ." becomes "Paris."). Null, the
    /// default, does as the files say; without a tokenizer.json that is true.
    /// </summary>
    public bool? CleanUpSpaces { get; init; }
}
