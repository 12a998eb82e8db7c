using System.Globalization;
using System.Text;

namespace Mend.Models.Tokenizers.Subwords;

/// <summary>The byte tokens &lt;0x00&gt; to &lt;0xFF&gt; by which SentencePiece vocabularies spell unknown characters.</summary>
internal sealed class ByteTokens
{
    private readonly int[] _ids;

    private ByteTokens(int[] ids) => _ids = ids;

    /// <summary>The byte tokens of a vocabulary; null when not all 256 are there.</summary>
    public static ByteTokens? Find(Vocabulary vocabulary)
    {
        var ids = new int[256];
        for (var b = 0; b < ids.Length; b++)
        {
            if (vocabulary.Id(Name((byte)b)) is not { } id)
            {
                return null;
            }

            ids[b] = id;
        }

        return new ByteTokens(ids);
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

    /// <summary>Appends the byte tokens of a text's UTF-8 form.</summary>
    public void Append(ReadOnlySpan<char> text, List<int> ids)
    {
        foreach (var b in Encoding.UTF8.GetBytes(text.ToArray()))
        {
            ids.Add(_ids[b]);
        }
    }
}
