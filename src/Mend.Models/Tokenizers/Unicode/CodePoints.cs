using System.Globalization;
using System.Text;

namespace Mend.Models.Tokenizers.Unicode;

/// <summary>Reads UTF-16 text by code points and answers what tokenizers ask of them.</summary>
internal static class CodePoints
{
    /// <summary>The code point at an index; an unpaired surrogate is returned as it is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="index">Below the text's length.</param>
    /// <param name="length">UTF-16 units it takes, 1 or 2.</param>
    public static int At(ReadOnlySpan<char> text, int index, out int length)
    {
        var high = text[index];
        if (char.IsHighSurrogate(high) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
        {
            length = 2;
            return char.ConvertToUtf32(high, text[index + 1]);
        }

        length = 1;
        return high;
    }

    /// <summary>The code point that ends before an index above 0.</summary>
    public static int Before(ReadOnlySpan<char> text, int index) =>
        index >= 2 && char.IsSurrogatePair(text[index - 2], text[index - 1])
            ? char.ConvertToUtf32(text[index - 2], text[index - 1])
            : text[index - 1];

    /// <summary>General category. Built into .NET, the same with and without ICU.</summary>
    public static UnicodeCategory Category(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint);

    /// <summary>\p{L}.</summary>
    public static bool IsLetter(int codePoint) => Category(codePoint) <= UnicodeCategory.OtherLetter;

    /// <summary>\p{N}: digits, letter-like and other numbers.</summary>
    public static bool IsNumber(int codePoint) =>
        Category(codePoint) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>\p{M}.</summary>
    public static bool IsMark(int codePoint) =>
        Category(codePoint) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    /// <summary>White_Space. All such code points are in the basic plane.</summary>
    public static bool IsSpace(int codePoint) => codePoint <= char.MaxValue && char.IsWhiteSpace((char)codePoint);

    /// <summary>\w as UTS 18 defines it: alphabetic, mark, decimal digit, connector punctuation, join control.</summary>
    public static bool IsWord(int codePoint) => Category(codePoint) switch
    {
        <= UnicodeCategory.OtherLetter => true,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => true,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation => true,
        UnicodeCategory.Format => codePoint is 0x200C or 0x200D,

        // Circled, squared and such letters are symbols that count as alphabetic.
        UnicodeCategory.OtherSymbol => codePoint is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
            or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
        _ => false,
    };

    /// <summary>Punctuation as BERT counts it: \p{P} and every ASCII sign that is neither letter nor digit.</summary>
    public static bool IsPunctuation(int codePoint) =>
        codePoint < 128
            ? codePoint is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
            : Category(codePoint) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;

    /// <summary>Appends a code point; an unpaired surrogate is appended as it is.</summary>
    public static void Append(StringBuilder output, int codePoint)
    {
        if (codePoint > char.MaxValue)
        {
            output.Append(char.ConvertFromUtf32(codePoint));
        }
        else
        {
            output.Append((char)codePoint);
        }
    }
}
