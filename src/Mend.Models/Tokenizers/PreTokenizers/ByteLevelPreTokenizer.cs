using Mend.Models.Tokenizers.Patterns.WordScanners;

namespace Mend.Models.Tokenizers.PreTokenizers;

/// <summary>Splits as GPT-2 does, then writes each word's UTF-8 bytes in the byte alphabet.</summary>
internal sealed class ByteLevelPreTokenizer : IPreTokenizer
{
    private static readonly Gpt2WordScanner Words = new();

    private readonly bool _addPrefixSpace;
    private readonly bool _split;

    /// <param name="addPrefixSpace">Whether a text that does not begin with a space gets one.</param>
    /// <param name="split">Whether to split into words; false when an earlier step has.</param>
    public ByteLevelPreTokenizer(bool addPrefixSpace, bool split)
    {
        _addPrefixSpace = addPrefixSpace;
        _split = split;
    }

    public void Split(Piece piece, List<Piece> words)
    {
        var text = _addPrefixSpace && !piece.Text.StartsWith(' ') ? " " + piece.Text : piece.Text;
        for (var at = 0; at < text.Length;)
        {
            var rest = text.AsSpan(at);
            var length = _split ? Words.Next(rest) : rest.Length;
            words.Add(new Piece(ByteAlphabet.Write(rest[..length]), piece.AtStart && at == 0));
            at += length;
        }
    }
}
