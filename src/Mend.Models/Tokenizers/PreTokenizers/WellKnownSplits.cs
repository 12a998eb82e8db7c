using Mend.Models.Tokenizers.Patterns;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.PreTokenizers;

/// <summary>The ways of splitting that have a name of their own.</summary>
internal static class WellKnownSplits
{
    /// <summary>At white space, which goes.</summary>
    public static SplitPreTokenizer Spaces() => new(new CodePointPattern(CodePoints.IsSpace), SplitBehavior.Removed);

    /// <summary>Into runs of word characters and runs of signs.</summary>
    public static SplitPreTokenizer Words() => new(new WordPattern(), SplitBehavior.Removed, invert: true);

    /// <summary>At white space, which goes, and around every punctuation mark.</summary>
    public static SequencePreTokenizer Bert() => new(
        [Spaces(), new SplitPreTokenizer(new CodePointPattern(CodePoints.IsPunctuation), SplitBehavior.Isolated)]);
}
