using Mend.Models.Tokenizers.AddedTokens;

namespace Mend.Models.Tests.Tokenizers.AddedTokens;

public sealed class AddedTokenSplitterTests
{
    [Theory]
    [InlineData("a<x>b", "[a]#1[b]")]
    [InlineData("<x><xy>", "#1#2")]
    [InlineData("<xyz>", "[<xyz>]")]
    [InlineData("", "")]
    [InlineData("a  <l>  b", "[a]#3[  b]")]
    [InlineData("a  <r>  b", "[a  ]#4[b]")]
    [InlineData("<r>  <l>", "#4#3")]
    [InlineData("word swordw word", "#5[ swordw ]#5")]
    [InlineData("word_ 𝒳word", "[word_ 𝒳word]")]
    public void Split_Text_CutsTokensOut(string text, string expected)
    {
        var splitter = new AddedTokenSplitter(new[]
        {
            new AddedToken(1, "<x>"),
            new AddedToken(2, "<xy>"),
            new AddedToken(3, "<l>") { LStrip = true },
            new AddedToken(4, "<r>") { RStrip = true },
            new AddedToken(5, "word") { SingleWord = true },
        }.Select(token => (token.Content, token)));

        var runs = splitter.Split(text).Select(run => run.Id is { } id ? $"#{id}" : $"[{text[run.Start..run.End]}]");

        Assert.Equal(expected, string.Concat(runs));
    }
}
