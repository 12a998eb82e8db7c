using System.Text;
using System.Text.Json;
using Mend.Models.Tokenizers.Normalizers;

namespace Mend.Models.Tests.Tokenizers.Normalizers;

public sealed class CharacterMapTests
{
    [Theory]
    [InlineData("ﬁ x", "fi", 3)]
    [InlineData("e\u0301x", "é", 3)]
    [InlineData("\u200Bx", " ", 3)]
    [InlineData("x", "", 0)]
    [InlineData("\0", "", 0)]
    [InlineData("", "", 0)]
    public void LongestMatch_RulesOfT5_Replace(string text, string expected, int length)
    {
        var found = Rules().LongestMatch(Encoding.UTF8.GetBytes(text), out var replacement);

        Assert.Equal(length, found);
        Assert.Equal(expected, Encoding.UTF8.GetString(replacement));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAAAA==")]
    [InlineData("AwAAAAAAAAA=")]
    [InlineData("/////wAAAAA=")]
    public void Parse_Damaged_Throws(string base64) =>
        Assert.Throws<FormatException>(() => CharacterMap.Parse(Convert.FromBase64String(base64)));

    private static CharacterMap Rules()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(TokenizerFixtures.Folder("t5_unigram"), "tokenizer_precompiled.json")));
        return CharacterMap.Parse(json.RootElement.GetProperty("normalizer").GetProperty("precompiled_charsmap").GetBytesFromBase64());
    }
}
