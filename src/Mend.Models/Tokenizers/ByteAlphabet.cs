using System.Text;

namespace Mend.Models.Tokenizers;

/// <summary>
/// The printable characters by which byte-level vocabularies write the 256 bytes: printable Latin-1 bytes stand for
/// themselves, the others for U+0100 upward in order (a space is "Ġ").
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Build();
    private static readonly short[] Bytes = Invert(Characters);

    /// <summary>A text's UTF-8 bytes, written in the alphabet.</summary>
    public static string Write(ReadOnlySpan<char> text)
    {
        Span<byte> small = stackalloc byte[192];
        var bytes = text.Length <= small.Length / 3 ? small : new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        return string.Create(Encoding.UTF8.GetBytes(text, bytes), bytes, (output, source) =>
        {
            for (var i = 0; i < output.Length; i++)
            {
                output[i] = Characters[source[i]];
            }
        });
    }

    /// <summary>Appends the bytes of a token; a token with a character outside the alphabet is taken as plain text.</summary>
    public static void AppendBytes(string token, List<byte> bytes)
    {
        var start = bytes.Count;
        foreach (var c in token)
        {
            if (c >= Bytes.Length || Bytes[c] < 0)
            {
                bytes.RemoveRange(start, bytes.Count - start);
                bytes.AddRange(Encoding.UTF8.GetBytes(token));
                return;
            }

            bytes.Add((byte)Bytes[c]);
        }
    }

    private static char[] Build()
    {
        var characters = new char[256];
        var next = (char)256;
        for (var b = 0; b < characters.Length; b++)
        {
            var printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[b] = printable ? (char)b : next++;
        }

        return characters;
    }

    private static short[] Invert(char[] characters)
    {
        var bytes = new short[characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var b = 0; b < characters.Length; b++)
        {
            bytes[characters[b]] = (short)b;
        }

        return bytes;
    }
}
