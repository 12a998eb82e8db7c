using System.Text;

namespace Mend.Models.Tokenizers.Unicode;

/// <summary>Lower case, code point by code point, as tokenizers were trained with: a final sigma is no exception.</summary>
internal static class CaseMapping
{
    private const int CapitalIWithDot = 0x130;

    /// <summary>Lower-cases a text.</summary>
    public static string ToLower(string text)
    {
        var output = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var codePoint = CodePoints.At(text, at, out var length);
            if (codePoint == CapitalIWithDot)
            {
                // The only code point whose lower case is two, outside of languages and contexts; .NET leaves it alone.
                output.Append("i\u0307");
            }
            else if (Rune.TryCreate(codePoint, out var rune))
            {
                CodePoints.Append(output, Rune.ToLowerInvariant(rune).Value);
            }
            else
            {
                output.Append((char)codePoint);
            }

            at += length;
        }

        return output.ToString();
    }
}
