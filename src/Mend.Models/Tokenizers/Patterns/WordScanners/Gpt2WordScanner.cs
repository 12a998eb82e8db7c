namespace Mend.Models.Tokenizers.Patterns.WordScanners;

/// <summary>GPT-2's words: contractions, and runs of letters, numbers or other signs with a space before them.</summary>
internal sealed class Gpt2WordScanner : IWordScanner
{
    /// <summary>The pattern that this scanner stands for.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public int Next(ReadOnlySpan<char> text)
    {
        var contraction = Runs.Contraction(text, ignoreCase: false);
        if (contraction > 0)
        {
            return contraction;
        }

        var start = text[0] == ' ' ? 1 : 0;
        var end = Runs.Letters(text, start);
        end = end > start ? end : Runs.Numbers(text, start);
        end = end > start ? end : Runs.Others(text, start);
        return end > start ? end : Runs.Space(text);
    }
}
