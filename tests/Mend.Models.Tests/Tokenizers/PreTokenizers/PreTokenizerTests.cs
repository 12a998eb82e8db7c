namespace Mend.Models.Tests.Tokenizers.PreTokenizers;

public sealed class PreTokenizerTests
{
    [Theory]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false}""", "a bé", "a|ĠbÃ©")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true}""", "a b", "Ġa|Ġb")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true}""", " a b", "Ġa|Ġb")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""", "a b", "aĠb")]
    [InlineData("""{"type":"BertPreTokenizer"}""", "a, b$c\u00A0d", "a|,|b|$|c|d")]
    [InlineData("""{"type":"Whitespace"}""", "Hey, it's Ⓐ_1 𝒳!?", "Hey|,|it|'|s|Ⓐ_1|𝒳|!?")]
    [InlineData("""{"type":"WhitespaceSplit"}""", " a,b \n c", "a,b|c")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":true}""", "a  b", "▁a|▁|▁b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":false}""", "a b", "a|▁b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":false}""", "a b", "▁a▁b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"never"}""", "a b", "a|▁b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}""", "a b", "▁a|▁b")]
    [InlineData("""{"type":"Digits","individual_digits":true}""", "a12b½", "a|1|2|b|½")]
    [InlineData("""{"type":"Digits","individual_digits":false}""", "a12b", "a|12|b")]
    [InlineData("""{"type":"Punctuation"}""", "a!?b", "a|!|?|b")]
    [InlineData("""{"type":"Punctuation","behavior":"Contiguous"}""", "a!?b", "a|!?|b")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":"-"}""", "a-b--c", "a|b|c")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Digits","individual_digits":true}]}""", "a1 2", "a|1|2")]
    public void Split_Text_IntoWords(string json, string text, string words) => Assert.Equal(words, Component.Split(json, text));

    [Theory]
    [InlineData("Removed", false, "the|final|countdown")]
    [InlineData("Isolated", false, "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", false, "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", false, "the|-final|-|-countdown")]
    [InlineData("Contiguous", false, "the|-|final|--|countdown")]
    [InlineData("Removed", true, "-|-|-")]
    [InlineData("Isolated", true, "the|-|final|-|-|countdown")]
    public void Split_Behavior_DecidesOverTheMatches(string behavior, bool invert, string words)
    {
        var json = $$"""{"type":"Split","pattern":{"String":"-"},"behavior":"{{behavior}}","invert":{{(invert ? "true" : "false")}}}""";

        Assert.Equal(words, Component.Split(json, "the-final--countdown"));
    }

    [Fact]
    public void Split_MetaspaceFirstInsideAText_PrependsNothing() => Assert.Equal(
        "a|▁b", Component.Split("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}""", "a b", atStart: false));

    [Fact]
    public void Split_Regex_WorksOnCodePoints() => Assert.Equal(
        "𝒳𝒴|🚀|a", Component.Split("""{"type":"Split","pattern":{"Regex":"\\p{L}+"},"behavior":"Isolated"}""", "𝒳𝒴🚀a"));
}
