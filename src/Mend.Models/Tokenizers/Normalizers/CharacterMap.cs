using System.Buffers.Binary;

namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>
/// SentencePiece's compiled normalisation rules ("precompiled_charsmap"): a little-endian length, a double-array trie of
/// that many bytes over UTF-8 sources, and the zero-terminated UTF-8 replacements to which its values point. Immutable.
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private CharacterMap(uint[] units, byte[] replacements) => (_units, _replacements) = (units, replacements);

    /// <exception cref="FormatException">The bytes are no such rules.</exception>
    public static CharacterMap Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4)
        {
            throw new FormatException($"it has {bytes.Length} bytes; at least 4 were expected.");
        }

        var trieLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (trieLength == 0 || trieLength % 4 != 0 || trieLength > bytes.Length - 4)
        {
            throw new FormatException($"its trie takes {trieLength} of {bytes.Length - 4} bytes; a multiple of 4 that fits was expected.");
        }

        var units = new uint[trieLength / 4];
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 + (i * 4))..]);
        }

        return new CharacterMap(units, bytes[(4 + (int)trieLength)..].ToArray());
    }

    /// <summary>Finds the longest source that a text starts with.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="replacement">What it becomes, in UTF-8; may be empty.</param>
    /// <returns>The source's length in bytes; 0 when no source fits.</returns>
    public int LongestMatch(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement)
    {
        var longest = 0;
        var value = 0u;
        var node = Offset(_units[0]);
        for (var i = 0; i < text.Length && text[i] != 0; i++)
        {
            node ^= text[i];
            if (node >= _units.Length || Label(_units[node]) != text[i])
            {
                break;
            }

            var unit = _units[node];
            node ^= Offset(unit);
            if (HasValue(unit) && node < _units.Length)
            {
                (longest, value) = (i + 1, _units[node] & 0x7FFF_FFFF);
            }
        }

        replacement = longest > 0 ? Replacement(value) : default;
        return longest;
    }

    private ReadOnlySpan<byte> Replacement(uint at)
    {
        if (at >= _replacements.Length)
        {
            return default;
        }

        var rest = _replacements.AsSpan((int)at);
        var end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    // A unit of the trie (darts-clone): the label in bits 0 to 7 and 31, whether a value hangs below in bit 8, and the
    // offset to the children in bits 10 to 30, times 256 if bit 9 is set.
    private static uint Label(uint unit) => unit & 0x8000_00FF;

    private static bool HasValue(uint unit) => (unit & 0x100) != 0;

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
