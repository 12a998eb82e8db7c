using Mend.Models.Tokenizers.Patterns.WordScanners;

namespace Mend.Models.Tests.Tokenizers;

/// <summary>Tokenizers built as those of Llama 3 and Qwen 2 are.</summary>
public sealed class SplitBpeStyleTests
{
    private const int Seed = 8;

    [Theory]
    [InlineData(CaselessWordScanner.Llama3Pattern, "1234", "123 4")]
    [InlineData(CaselessWordScanner.Qwen2Pattern, "1234", "1 2 3 4")]
    [InlineData(CaselessWordScanner.Llama3Pattern, "hello", "hello")]
    [InlineData(CaselessWordScanner.Llama3Pattern, "hello2<|end_of_text|>he", "hello 2 <|end_of_text|> he")]
    [InlineData(CaselessWordScanner.Llama3Pattern, "e\u0301", "Ã ©")]
    [InlineData(@"\p{L}", "he", "h e")]
    public void Encode_Text_GivesTokens(string pattern, string text, string tokens)
    {
        var tokenizer = SmallTokenizers.Load(SmallTokenizers.SplitBpe(pattern, ignoreMerges: true));

        Assert.Equal(tokens, string.Join(' ', tokenizer.Tokens(tokenizer.Encode(text))));
    }

    [Fact]
    public void Encode_MergesNotIgnored_FollowsThem()
    {
        var tokenizer = SmallTokenizers.Load(SmallTokenizers.SplitBpe(CaselessWordScanner.Llama3Pattern, ignoreMerges: false));

        Assert.Equal(["he", "l", "l", "o"], tokenizer.Tokens(tokenizer.Encode("hello")));
    }

    [Fact]
    public void Encode_PatternWithoutScanner_SplitsAlike()
    {
        var byScanner = SmallTokenizers.Load(SmallTokenizers.SplitBpe(CaselessWordScanner.Llama3Pattern, ignoreMerges: true));
        var byRegex = SmallTokenizers.Load(SmallTokenizers.SplitBpe("(?:" + CaselessWordScanner.Llama3Pattern + ")", ignoreMerges: true));

        RandomText.Any.Hold(500, Seed, text => Assert.Equal(byRegex.Encode(text), byScanner.Encode(text)));
    }
}
