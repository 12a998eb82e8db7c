using System.Text;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>A normalizer that looks at one code point at a time.</summary>
internal abstract class CodePointNormalizer : INormalizer
{
    /// <summary>Rewrites a text code point by code point.</summary>
    /// <param name="text">The text.</param>
    /// <param name="append">Appends what a code point becomes; nothing to drop it.</param>
    public static string Map(string text, Action<int, StringBuilder> append)
    {
        var output = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            append(CodePoints.At(text, at, out var length), output);
            at += length;
        }

        return output.ToString();
    }

    public string Normalize(string text) => Map(text, Append);

    /// <summary>Appends what a code point becomes; nothing to drop it.</summary>
    protected abstract void Append(int codePoint, StringBuilder output);
}
