using CsCheck;

namespace Mend.Models.Tests.Tokenizers;

public sealed class Llama2StyleTests
{
    private const int Seed = 2;

    [Theory]
    [InlineData("the cat", "▁the ▁ca t")]
    [InlineData("  the", "▁▁ ▁the")]
    [InlineData("thé", "▁ th <0xC3> <0xA9>")]
    [InlineData("🚀a", "▁ <0xF0> <0x9F> <0x9A> <0x80> a")]
    [InlineData("the</s>the", "▁the </s> ▁the")]
    [InlineData("", "")]
    public void Encode_Text_GivesTokens(string text, string tokens)
    {
        var tokenizer = SmallTokenizers.Load(SmallTokenizers.Llama2());

        Assert.Equal(tokens, string.Join(' ', tokenizer.Tokens(tokenizer.Encode(text))));
    }

    [Fact]
    public void Encode_NoByteTokens_FusesUnknowns()
    {
        var json = SmallTokenizers.Llama2();
        json["model"]!["byte_fallback"] = false;
        var tokenizer = SmallTokenizers.Load(json);

        Assert.Equal("▁ th <unk> e", string.Join(' ', tokenizer.Tokens(tokenizer.Encode("thxyze"))));
    }

    [Fact]
    public void Encode_UnknownsNotFused_StandEachAlone()
    {
        var json = SmallTokenizers.Llama2();
        (json["model"]!["byte_fallback"], json["model"]!["fuse_unk"]) = (false, false);
        var tokenizer = SmallTokenizers.Load(json);

        Assert.Equal("▁ <unk> <unk> e", string.Join(' ', tokenizer.Tokens(tokenizer.Encode("x🚀e"))));
    }

    [Fact]
    public void Encode_SpecialTokensAsked_AddsTheBeginning()
    {
        var tokenizer = SmallTokenizers.Load(SmallTokenizers.Llama2());
        var pair = tokenizer.EncodePair("the", "ca");

        Assert.Equal(["<s>", "▁the"], tokenizer.Tokens(tokenizer.Encode("the", addSpecialTokens: true)));
        Assert.Equal(["<s>", "▁the", "<s>", "▁ca"], tokenizer.Tokens(pair.Ids));
        Assert.Equal([0, 0, 1, 1], pair.SegmentIds);
        Assert.Equal((1, 2, 0), (tokenizer.BosId, tokenizer.EosId, tokenizer.UnkId));
    }

    [Fact]
    public void Decode_RandomTexts_RoundTrip()
    {
        var tokenizer = SmallTokenizers.Load(SmallTokenizers.Llama2());
        RandomText.UpTo(80).Select(text => text.Replace('▁', ' ')).Hold(500, Seed, text => Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text))));
    }
}
