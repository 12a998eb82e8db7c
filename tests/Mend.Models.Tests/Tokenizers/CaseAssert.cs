using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Tokenizers;

/// <summary>Compares a tokenizer with reference cases and names the first text that differs.</summary>
internal static class CaseAssert
{
    public static void Same(ITokenizer tokenizer, IEnumerable<TokenizerCase> cases)
    {
        foreach (var item in cases)
        {
            var ids = tokenizer.Encode(item.Text);
            Equal(item.Tokens, tokenizer.Tokens(ids), item.Text, "tokens");
            Equal(item.Ids, ids, item.Text, "ids");
            Equal(item.IdsWithSpecial ?? item.Ids, tokenizer.Encode(item.Text, addSpecialTokens: true), item.Text, "ids with special tokens");
            Assert.True(
                item.Decoded == tokenizer.Decode(item.Ids), $"'{item.Text}' should decode as '{item.Decoded}', not '{tokenizer.Decode(item.Ids)}'");
        }
    }

    /// <summary>Compares two tokenizers on one text.</summary>
    public static void Same(ITokenizer wanted, ITokenizer tokenizer, string text)
    {
        var ids = wanted.Encode(text, addSpecialTokens: true);
        Equal(wanted.Tokens(ids), tokenizer.Tokens(tokenizer.Encode(text, addSpecialTokens: true)), text, "tokens");
        Equal(ids, tokenizer.Encode(text, addSpecialTokens: true), text, "ids");
        Assert.Equal(wanted.Decode(ids), tokenizer.Decode(ids));
    }

    public static void SamePairs(ITokenizer tokenizer, IEnumerable<TokenizerPairCase> pairs)
    {
        foreach (var item in pairs)
        {
            var pair = tokenizer.EncodePair(item.Text, item.Pair);
            Equal(item.IdsWithSpecial, pair.Ids, item.Text, "pair ids");
            if (item.TokenTypeIds is not null)
            {
                Equal(item.TokenTypeIds, pair.SegmentIds, item.Text, "segments");
            }
        }
    }

    private static void Equal<T>(T[] expected, T[] actual, string text, string what) => Assert.True(
        expected.AsSpan().SequenceEqual(actual),
        $"'{text}': {what} should be [{string.Join(", ", expected)}], not [{string.Join(", ", actual)}]");
}
