using System.Globalization;
using System.Text;

namespace Mend.Models.Tokenizers.Subwords;

/// <summary>The byte tokens &lt;0x00&gt; to &lt;0xFF&gt; by which SentencePiece vocabularies spell unknown characters.</summary>
internal sealed class ByteTokens
{
    private const int Missing = -1;

    private readonly int[] _ids;

    /// <param name="vocabulary">May lack some of the 256.</param>
    public ByteTokens(Vocabulary vocabulary)
    {
        _ids = new int[256];
        for (var b = 0; b < _ids.Length; b++)
        {
            _ids[b] = vocabulary.Id(Name((byte)b)) ?? Missing;
        }
    }

    /// <summary>How a byte token is spelled.</summary>
    public static string Name(byte value) => $"<0x{value:X2}>";

    /// <summary>The byte of a token that is spelled as a byte token.</summary>
    public static bool TryParse(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Appends the byte tokens of a text's UTF-8 form; false, and nothing is appended, when one is missing.</summary>
    public bool TryAppend(ReadOnlySpan<char> text, List<int> ids)
    {
        var before = ids.Count;
        foreach (var b in Encoding.UTF8.GetBytes(text.ToArray()))
        {
            if (_ids[b] == Missing)
            {
                ids.RemoveRange(before, ids.Count - before);
                return false;
            }

            ids.Add(_ids[b]);
        }

        return true;
    }
}
