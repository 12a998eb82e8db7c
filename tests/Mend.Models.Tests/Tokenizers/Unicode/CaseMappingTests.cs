using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tests.Tokenizers.Unicode;

public sealed class CaseMappingTests
{
    [Theory]
    [InlineData("ÀB", "àb")]
    [InlineData("İ", "i\u0307")]
    [InlineData("ΑΣ", "ασ")]
    [InlineData("𐐀", "𐐨")]
    [InlineData("ẞ", "ß")]
    [InlineData("a\uD800B", "a\uD800b")]
    public void ToLower_CodePoints_EachByItself(string text, string expected) =>
        Assert.Equal(expected, CaseMapping.ToLower(text));
}
