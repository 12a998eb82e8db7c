namespace Mend.Models.Tests.Tokenizers.Normalizers;

public sealed class NormalizerTests
{
    [Theory]
    [InlineData("""{"type":"NFC"}""", "e\u0301", "é")]
    [InlineData("""{"type":"NFD"}""", "é", "e\u0301")]
    [InlineData("""{"type":"NFKC"}""", "ﬁ①e\u0301", "fi1é")]
    [InlineData("""{"type":"NFKD"}""", "ﬁé", "fie\u0301")]
    [InlineData("""{"type":"Lowercase"}""", "ÄB𐐀", "äb𐐨")]
    [InlineData("""{"type":"StripAccents"}""", "e\u0301a\u20DDb\u0903", "eab")]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "a b", "▁a b")]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "", "")]
    [InlineData("""{"type":"Replace","pattern":{"String":" "},"content":"▁"}""", " a  b", "▁a▁▁b")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}""", "a   b c", "a b c")]
    [InlineData("""{"type":"Replace","pattern":{"String":""},"content":"x"}""", "ab", "ab")]
    [InlineData("""{"type":"Replace","pattern":{"String":"b"},"content":""}""", "abb", "a")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""", " a ", "a ")]
    [InlineData("""{"type":"Strip","strip_left":false,"strip_right":true}""", " a\n", " a")]
    [InlineData("""{"type":"Nmt"}""", "a\tb\u200Bc\u0007d\u007F", "a b cd")]
    [InlineData("""{"type":"ByteLevel"}""", "a é", "aĠÃ©")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"},{"type":"Lowercase"}]}""", "ÉA", "ea")]
    [InlineData("""{"type":"BertNormalizer"}""", "Ä\tb\u0000\u200D你好", "a b 你  好 ")]
    [InlineData("""{"type":"BertNormalizer","lowercase":false}""", "Äb", "Äb")]
    [InlineData("""{"type":"BertNormalizer","lowercase":false,"strip_accents":true}""", "Äb", "Ab")]
    [InlineData("""{"type":"BertNormalizer","strip_accents":false}""", "Äb", "äb")]
    [InlineData("""{"type":"BertNormalizer","handle_chinese_chars":false}""", "a你", "a你")]
    [InlineData("""{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":false}""", "a\tb\u0001", "a\tb\u0001")]
    public void Normalize_Text_IsRewritten(string json, string text, string expected) =>
        Assert.Equal(expected, Component.Normalize(json, text));
}
