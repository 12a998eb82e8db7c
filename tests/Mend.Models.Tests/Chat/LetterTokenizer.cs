using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Chat;

/// <summary>Every character is a token with its code as id; four special tokens have ids from 1 on.</summary>
internal sealed class LetterTokenizer : ITokenizer
{
    private static readonly string[] Special = ["", "<s>", "</s>", "<|end|>", "<|user|>"];

    public int VocabularySize => 0x10000;

    public int? EndOfTextId => EosId;

    public int? BosId => 1;

    public int? EosId => 2;

    public int? PadId => null;

    public int? UnkId => null;

    public int? ClsId => null;

    public int? SepId => null;

    public int? MaskId => null;

    public int[] Encode(string text, bool addSpecialTokens = false)
    {
        List<int> ids = [];
        for (int at = 0; at < text.Length;)
        {
            int special = Array.FindIndex(Special, s => s.Length > 0 && string.CompareOrdinal(text, at, s, 0, s.Length) == 0);
            ids.Add(special > 0 ? special : text[at]);
            at += special > 0 ? Special[special].Length : 1;
        }

        return [.. ids];
    }

    public TokenizedPair EncodePair(string first, string second, bool addSpecialTokens = true) => throw new NotSupportedException("No test needs pairs.");

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true) => string.Concat(Tokens(ids));

    public string[] Tokens(ReadOnlySpan<int> ids) => [.. ids.ToArray().Select(i => Token(i)!)];

    public int? TokenId(string token) => Array.IndexOf(Special, token) is > 0 and var id ? id : token[0];

    public string? Token(int id) => IsSpecial(id) ? Special[id] : ((char)id).ToString();

    public bool IsSpecial(int id) => id > 0 && id < Special.Length;
}
