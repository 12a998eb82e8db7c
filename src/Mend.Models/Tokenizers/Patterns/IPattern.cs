namespace Mend.Models.Tokenizers.Patterns;

/// <summary>Finds stretches of a text. Thread-safe.</summary>
internal interface IPattern
{
    /// <summary>The matches, in order, none empty and none overlapping; UTF-16 positions, end exclusive.</summary>
    IEnumerable<(int Start, int End)> Matches(string text);
}
