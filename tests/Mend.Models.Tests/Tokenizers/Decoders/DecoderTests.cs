namespace Mend.Models.Tests.Tokenizers.Decoders;

public sealed class DecoderTests
{
    [Theory]
    [InlineData("""{"type":"ByteLevel"}""", "Ġa Ã ©", " aé")]
    [InlineData("""{"type":"ByteLevel"}""", "a Ã", "a\uFFFD")]
    [InlineData("""{"type":"ByteLevel"}""", "a 你", "a你")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":false}""", "a ##b .", "a|b| .")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":true}""", "a ##b . 's", "a|b|.|'s")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":true}""", "▁a ▁b c▁", "a| b|c ")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"never"}""", "▁a ▁b", " a| b")]
    [InlineData("""{"type":"Replace","pattern":{"String":"▁"},"content":" "}""", "▁a ▁▁", " a|  ")]
    [InlineData("""{"type":"ByteFallback"}""", "a <0xC3> <0xA9> b", "a|é|b")]
    [InlineData("""{"type":"ByteFallback"}""", "<0xC3> <0x41> b", "\uFFFD\uFFFD|b")]
    [InlineData("""{"type":"ByteFallback"}""", "<0xG1>", "<0xG1>")]
    [InlineData("""{"type":"Fuse"}""", "a b", "ab")]
    [InlineData("""{"type":"Strip","content":"x","start":1,"stop":2}""", "xxaxxx x", "xax|")]
    [InlineData("""{"type":"BPEDecoder","suffix":"</w>"}""", "a b</w> c</w>", "a|b |c")]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":"a","start":1,"stop":0}]}""", "a ab", "ab")]
    public void Decode_Tokens_AreRewritten(string json, string tokens, string expected) =>
        Assert.Equal(expected, Component.Decode(json, tokens.Split(' ')));
}
