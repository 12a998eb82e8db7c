using System.Globalization;
using System.Text;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>BERT's text clean-up: white space, ideographs, accents, case, in this order.</summary>
internal sealed class BertNormalizer : INormalizer
{
    private readonly BertOptions _options;

    public BertNormalizer(BertOptions options) => _options = options;

    public string Normalize(string text)
    {
        text = CodePointNormalizer.Map(text, Append);
        if (_options.StripAccents ?? _options.Lowercase)
        {
            text = WithoutAccents(NormalizationForms.Normalize(text, NormalizationForm.FormD));
        }

        return _options.Lowercase ? CaseMapping.ToLower(text) : text;
    }

    private void Append(int codePoint, StringBuilder output)
    {
        if (_options.CleanText && CodePoints.IsSpace(codePoint))
        {
            output.Append(' ');
        }
        else if (_options.HandleChineseChars && IsIdeograph(codePoint))
        {
            output.Append(' ');
            CodePoints.Append(output, codePoint);
            output.Append(' ');
        }
        else if (!_options.CleanText || !IsDropped(codePoint))
        {
            CodePoints.Append(output, codePoint);
        }
    }

    /// <summary>Only non-spacing marks go: spacing ones are vowels in many scripts.</summary>
    private static string WithoutAccents(string text) => CodePointNormalizer.Map(text, (codePoint, output) =>
    {
        if (CodePoints.Category(codePoint) != UnicodeCategory.NonSpacingMark)
        {
            CodePoints.Append(output, codePoint);
        }
    });

    private static bool IsDropped(int codePoint) => codePoint is 0 or 0xFFFD || CodePoints.Category(codePoint)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    /// <summary>The CJK ideograph blocks that BERT's code lists; kana and Hangul are not among them.</summary>
    private static bool IsIdeograph(int codePoint) => codePoint
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
