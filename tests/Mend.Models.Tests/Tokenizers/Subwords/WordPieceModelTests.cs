using Mend.Models.Tokenizers;
using Mend.Models.Tokenizers.Subwords.WordPiece;

namespace Mend.Models.Tests.Tokenizers.Subwords;

public sealed class WordPieceModelTests
{
    private static readonly Dictionary<string, int> Ids = new() { ["[UNK]"] = 0, ["un"] = 1, ["##able"] = 2, ["##a"] = 3, ["𝒳"] = 4, ["##𝒳"] = 5 };

    [Theory]
    [InlineData("unable", "1 2")]
    [InlineData("una", "1 3")]
    [InlineData("unx", "0")]
    [InlineData("able", "0")]
    [InlineData("𝒳𝒳", "4 5")]
    [InlineData("unaaaaaa", "1 3 3 3 3 3 3")]
    [InlineData("unaaaaaaa", "0")]
    [InlineData("𝒳𝒳𝒳𝒳𝒳𝒳𝒳𝒳", "4 5 5 5 5 5 5 5")]
    [InlineData("𝒳𝒳𝒳𝒳𝒳𝒳𝒳𝒳𝒳", "0")]
    public void Encode_Word_LongestTokensFirst(string word, string expected)
    {
        var ids = new List<int>();

        new WordPieceModel(new Vocabulary(Ids), unknown: 0, longestWord: 8).Encode(word, ids);

        Assert.Equal(expected, string.Join(' ', ids));
    }
}
