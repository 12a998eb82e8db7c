using System.Buffers;
using System.Text;

namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>
/// Applies SentencePiece's compiled rules as SentencePiece does: at each place the longest source wins. (Older versions of
/// Hugging Face's library looked rules up by grapheme cluster, which differs on rare sequences of marks only.)
/// </summary>
internal sealed class PrecompiledNormalizer : INormalizer
{
    private readonly CharacterMap _map;

    public PrecompiledNormalizer(CharacterMap map) => _map = map;

    public string Normalize(string text)
    {
        var input = Encoding.UTF8.GetBytes(text).AsSpan();
        var output = new ArrayBufferWriter<byte>(input.Length + 16);
        while (input.Length > 0)
        {
            var length = _map.LongestMatch(input, out var replacement);
            if (length == 0)
            {
                Rune.DecodeFromUtf8(input, out _, out length);
                replacement = input[..length];
            }

            output.Write(replacement);
            input = input[length..];
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
