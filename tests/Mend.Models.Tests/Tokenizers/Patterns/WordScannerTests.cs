using Mend.Models.Tokenizers.Patterns;
using Mend.Models.Tokenizers.Patterns.WordScanners;

namespace Mend.Models.Tests.Tokenizers.Patterns;

public sealed class WordScannerTests
{
    private const int Seed = 7;

    public static TheoryData<string> Patterns => [Gpt2WordScanner.Pattern, CaselessWordScanner.Llama3Pattern, CaselessWordScanner.Qwen2Pattern];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Matches_RandomTexts_AreThoseOfTheRegularExpression(string pattern)
    {
        var scanner = new ScannerPattern(Scanner(pattern));
        var regex = new RegexPattern(pattern);

        RandomText.Any.Hold(4000, Seed, text => Assert.Equal(Words(regex, text), Words(scanner, text)));
    }

    [Theory]
    [InlineData("math 𝒳𝒴 letters", "math| 𝒳𝒴| letters")]
    [InlineData("x𝒳1𝟚🚀🚀!", "x𝒳|1𝟚|🚀🚀!")]
    [InlineData("a   b  ", "a|  | b|  ")]
    [InlineData("don't DON'T it's", "don|'t| DON|'|T| it|'s")]
    [InlineData("a\n\n b", "a|\n\n| b")]
    public void Gpt2_Text_IsSplit(string text, string words) => Assert.Equal(words, Words(new ScannerPattern(new Gpt2WordScanner()), text));

    [Theory]
    [InlineData("don't DON'T", "don|'t| DON|'T")]
    [InlineData("12345 a", "123|45| a")]
    [InlineData("a.\n\n b", "a|.\n\n| b")]
    [InlineData("a \n \n  b", "a| \n \n| | b")]
    [InlineData("(word) \tx", "(word|)| |\tx")]
    [InlineData("🚀𝒳𝒴𝟚", "🚀𝒳𝒴|𝟚")]
    public void Llama3_Text_IsSplit(string text, string words) => Assert.Equal(words, Words(new ScannerPattern(new CaselessWordScanner(3)), text));

    [Fact]
    public void Qwen2_Digits_StandAlone() => Assert.Equal("a| |1|2|3", Words(new ScannerPattern(new CaselessWordScanner(1)), "a 123"));

    private static IWordScanner Scanner(string pattern) => pattern switch
    {
        Gpt2WordScanner.Pattern => new Gpt2WordScanner(),
        CaselessWordScanner.Llama3Pattern => new CaselessWordScanner(3),
        _ => new CaselessWordScanner(1),
    };

    private static string Words(IPattern pattern, string text) =>
        string.Join('|', pattern.Matches(text).Select(match => text[match.Start..match.End]));
}
