using System.Text;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>Drops every combining mark, \p{M}. Follows NFD or NFKD, which split letters from their accents.</summary>
internal sealed class StripAccentsNormalizer : CodePointNormalizer
{
    protected override void Append(int codePoint, StringBuilder output)
    {
        if (!CodePoints.IsMark(codePoint))
        {
            CodePoints.Append(output, codePoint);
        }
    }
}
