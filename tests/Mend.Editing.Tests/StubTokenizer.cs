using System.Globalization;
using Mend.Models.Tokenizers;

namespace Mend.Editing.Tests;

/// <summary>A tokenizer whose words are numbers, "3 14 15", each the id of its token; tests can make it encode in another way.</summary>
internal sealed record StubTokenizer : ITokenizer
{
    /// <summary>Encodes a text; special tokens included where they are asked for.</summary>
    public Func<string, bool, int[]> Encoding { get; init; } = (text, _) => Numbers(text);

    public int VocabularySize => 96;

    public int? EndOfTextId => EosId;

    public int? BosId { get; init; }

    public int? EosId { get; init; } = 0;

    public int? PadId { get; init; }

    public int? UnkId => null;

    public int? ClsId => null;

    public int? SepId => null;

    public int? MaskId => null;

    public static int[] Numbers(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(w => int.TryParse(w, out _)).Select(w => int.Parse(w, CultureInfo.InvariantCulture))];

    public int[] Encode(string text, bool addSpecialTokens = false) => Encoding(text, addSpecialTokens);

    public TokenizedPair EncodePair(string first, string second, bool addSpecialTokens = true) => throw new NotSupportedException("No test needs pairs.");

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true) => string.Join(' ', ids.ToArray());

    public string[] Tokens(ReadOnlySpan<int> ids) => [.. ids.ToArray().Select(i => i.ToString(CultureInfo.InvariantCulture))];

    public int? TokenId(string token) => int.Parse(token, CultureInfo.InvariantCulture);

    public string? Token(int id) => id.ToString(CultureInfo.InvariantCulture);

    public bool IsSpecial(int id) => id == EosId;
}
