namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>Writes the text's UTF-8 bytes in the byte alphabet.</summary>
internal sealed class ByteLevelNormalizer : INormalizer
{
    public string Normalize(string text) => ByteAlphabet.Write(text);
}
