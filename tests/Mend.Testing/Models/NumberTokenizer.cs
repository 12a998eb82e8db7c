using System.Globalization;
using Mend.Models.Tokenizers;

namespace Mend.Testing;

/// <summary>A tokenizer whose text is its ids, "3 14 15", with the tokens that a family puts around a text.</summary>
/// <param name="before">Tokens before a text.</param>
/// <param name="after">Tokens after it.</param>
public sealed class NumberTokenizer(int[] before, int[] after) : ITokenizer
{
    private const int Unknown = 4;

    public int VocabularySize => 100;

    public int? EndOfTextId => EosId ?? SepId;

    public int? BosId { get; init; }

    public int? EosId { get; init; }

    public int? PadId { get; init; }

    public int? UnkId => null;

    public int? ClsId { get; init; }

    public int? SepId { get; init; }

    public int? MaskId => null;

    /// <summary>The tokenizer of a tiny checkpoint.</summary>
    public static NumberTokenizer Of(string model) => model switch
    {
        "t5" or "t5_v1_1" => new NumberTokenizer([], [1]) { PadId = 0, EosId = 1 },
        "bart" => new NumberTokenizer([0], [2]) { BosId = 0, PadId = 1, EosId = 2 },
        "bert_classifier" => new NumberTokenizer([2], [3]) { PadId = 0, ClsId = 2, SepId = 3 },
        "llama" => new NumberTokenizer([1], []) { BosId = 1, EosId = 2, PadId = 0 },
        _ => new NumberTokenizer([], []) { BosId = 0, EosId = 0 },
    };

    public int[] Encode(string text, bool addSpecialTokens = false)
    {
        int[] ids = [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => int.TryParse(w, CultureInfo.InvariantCulture, out int id) ? id : Unknown)];
        return addSpecialTokens ? [.. before, .. ids, .. after] : ids;
    }

    public TokenizedPair EncodePair(string first, string second, bool addSpecialTokens = true) => throw new NotSupportedException("The tests need no pairs.");

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true) => string.Join(' ', ids.ToArray());

    public string[] Tokens(ReadOnlySpan<int> ids) => [.. ids.ToArray().Select(i => i.ToString(CultureInfo.InvariantCulture))];

    public int? TokenId(string token) => int.Parse(token, CultureInfo.InvariantCulture);

    public string? Token(int id) => id.ToString(CultureInfo.InvariantCulture);

    public bool IsSpecial(int id) => before.Contains(id) || after.Contains(id);
}
