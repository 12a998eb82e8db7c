using System.Text;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>SentencePiece's "nmt" rules: drops control characters and turns the rarer kinds of space into spaces.</summary>
internal sealed class NmtNormalizer : CodePointNormalizer
{
    protected override void Append(int codePoint, StringBuilder output)
    {
        switch (codePoint)
        {
            case (>= 0x01 and <= 0x08) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or 0x8F or 0x9F:
                break;
            case 0x09 or 0x0A or 0x0C or 0x0D or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD:
                output.Append(' ');
                break;
            default:
                CodePoints.Append(output, codePoint);
                break;
        }
    }
}
