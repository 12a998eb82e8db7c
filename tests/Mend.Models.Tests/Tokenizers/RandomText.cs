using System.Text;
using CsCheck;

namespace Mend.Models.Tests.Tokenizers;

/// <summary>Texts from all of Unicode, with spaces, line breaks, digits and contractions more often than by chance.</summary>
internal static class RandomText
{
    private static readonly Gen<string> Common = Gen.OneOf(
        " ", " ", "  ", "\n", "\r\n", "\t", "'s", "'LL", "'re", "a", "word", "Ünïcode", "12", "2021", "!", "…", "\u00A0", "▁", "<", "é");

    private static readonly Gen<string> Scalar =
        Gen.OneOf<int>(Gen.Int[0, 0x7F], Gen.Int[0, 0xD7FF], Gen.Int[0x10000, 0x1FFFF], Gen.Int[0xE000, 0x10FFFF]).Select(value => new Rune(value).ToString());

    public static Gen<string> Any { get; } = UpTo(40);

    public static Gen<string> UpTo(int parts) => Gen.Frequency<string>((1, Scalar), (2, Common)).Array[0, parts].Select(string.Concat);
}
