using System.Globalization;
using Mend.Models.Tokenizers.Patterns;

namespace Mend.Models.Tests.Tokenizers.Patterns;

public sealed class RegexPatternTests
{
    [Fact]
    public void For_EveryCodePointBeyondTheBasicPlane_HasItsCategory()
    {
        for (var codePoint = 0x10000; codePoint <= 0x10FFFF; codePoint++)
        {
            var standIn = StandIns.For(codePoint);
            Assert.True(
                CharUnicodeInfo.GetUnicodeCategory(standIn) == CharUnicodeInfo.GetUnicodeCategory(codePoint),
                $"U+{codePoint:X} is {CharUnicodeInfo.GetUnicodeCategory(codePoint)}, its stand-in U+{(int)standIn:X} is not");
        }
    }

    [Theory]
    [InlineData(@"\p{L}+", "a𝒳b 𐐀🚀", "0-4 5-7")]
    [InlineData(@"\p{Lu}", "a𐐀𐐨", "1-3")]
    [InlineData(@".", "🚀a", "0-2 2-3")]
    [InlineData(@"^b", "a\nb", "2-3")]
    [InlineData(@"x*", "axxb", "1-3")]
    public void Matches_CodePoints_AtUtf16Positions(string pattern, string text, string expected) => Assert.Equal(
        expected, string.Join(' ', new RegexPattern(pattern).Matches(text).Select(match => $"{match.Start}-{match.End}")));

    [Theory]
    [InlineData("[a-z&&[^b]]")]
    [InlineData("[[:alpha:]]")]
    [InlineData("🚀")]
    [InlineData("(")]
    [InlineData("a?+")]
    [InlineData(@"\p{Han}")]
    public void Constructor_WhatDotNetReadsDifferently_Throws(string pattern) =>
        Assert.ThrowsAny<ArgumentException>(() => new RegexPattern(pattern));
}
