namespace Mend.Models.Tests.Tokenizers;

/// <summary>The parts of tokenizer.json as the published decoder families put them together.</summary>
public sealed class DecoderFamilyStyleTests
{
    private const string Falcon = """
        {"type":"Sequence","pretokenizers":[{"type":"Punctuation","behavior":"Contiguous"},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
         {"type":"Digits","individual_digits":false},{"type":"Split","pattern":{"Regex":"[0-9][0-9][0-9]"},"behavior":"Isolated","invert":false}]}
        """;

    private const string StarCoder = """
        {"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]}
        """;

    private const string Gemma = """{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""";

    private const string Pythia = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}""";

    private const string Olmo2 = """
        {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Removed","invert":true},
         {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}
        """;

    private const string Phi4Mini = """
        {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Removed","invert":true},
         {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}
        """;

    [Theory]
    [InlineData(Falcon, "abc12345!! x", "abc|123|45|!!|Ġx")]
    [InlineData(Falcon, "it's 7.", "it|'|s|Ġ|7|.")]
    [InlineData(StarCoder, "x = 42", "x|Ġ=|Ġ|4|2")]
    [InlineData(Gemma, "a▁b", "a▁b")]
    [InlineData(Pythia, "Hi  you've 12", "Hi|Ġ|Ġyou|'ve|Ġ12")]
    [InlineData(Olmo2, "I'll go 12345 \n", "I|'ll|Ġgo|Ġ|123|45|ĠĊ")]
    [InlineData(Phi4Mini, "HelloWorld's a/\n", "Hello|World's|Ġa|/Ċ")]
    public void Split_Text_IsWhatThePartsSay(string json, string text, string words) => Assert.Equal(words, Component.Split(json, text));

    /// <summary>Gemma begins no text with a space, so none is taken away.</summary>
    [Fact]
    public void Decode_Gemma_KeepsTheFirstSpace() => Assert.Equal(" Hello é", Component.Decode(
        """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"}]}""",
        "▁Hello", "▁", "<0xC3>", "<0xA9>").Replace("|", "", StringComparison.Ordinal));
}
