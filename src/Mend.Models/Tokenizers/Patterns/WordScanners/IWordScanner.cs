namespace Mend.Models.Tokenizers.Patterns.WordScanners;

/// <summary>
/// A well-known splitting pattern, written out by hand: it reads code points, not UTF-16 units, and is faster than a
/// regular expression. The patterns leave no gaps, so a text is just its words one after another.
/// </summary>
internal interface IWordScanner
{
    /// <summary>The length of the word that starts the text, in UTF-16 units; at least 1.</summary>
    /// <param name="text">What is left to split; not empty.</param>
    int Next(ReadOnlySpan<char> text);
}
