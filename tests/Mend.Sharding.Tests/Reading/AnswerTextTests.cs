using Mend.Editing;
using Mend.Models;
using Mend.Models.Tokenizers;

namespace Mend.Sharding.Tests.Reading;

public sealed class AnswerTextTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    private readonly List<AnswerPiece> _pieces = [];

    [Theory]
    [InlineData("abcdef", "cd", "ab")]
    [InlineData("aab", "ab", "a")]
    [InlineData("abcabd", "abd", "abc")]
    [InlineData("xyz", "zz", "xyz")]
    public void Add_StopText_EndsTheTextBeforeIt(string said, string stop, string expected)
    {
        AnswerText text = Say(said, [stop]);

        Assert.Equal(expected, text.Text);
        Assert.Equal(expected, string.Concat(_pieces.Select(p => p.Text)));
        Assert.Equal(expected.Length < said.Length, text.IsStopped);
        Assert.Equal(expected, string.Concat(_pieces.SelectMany(p => p.Tokens).Select(t => said[t.Id - 1000])));
    }

    [Fact]
    public void Add_ManyStopTexts_TheFirstInTheTextCounts() => Assert.Equal("a", Say("abc", ["c", "b"]).Text);

    [Fact]
    public void Add_NoStopText_ShowsEachPieceAtOnce()
    {
        Say("abc", []);

        Assert.Equal(["a", "b", "c"], _pieces.Select(p => p.Text));
    }

    [Fact]
    public void Add_CharacterOverSeveralTokens_IsShownWhole()
    {
        AnswerText text = new(new ByteTokens(), [], _pieces.Add);
        foreach (byte part in "aé"u8.ToArray().Append((byte)0xC3))
        {
            text.Add(part, new ChosenToken(part, -1, []));
        }

        text.End();

        Assert.Equal(["a", "é", "\uFFFD"], _pieces.Select(p => p.Text));
        Assert.Equal([1, 2, 1], _pieces.Select(p => p.Tokens.Count));
    }

    private AnswerText Say(string said, string[] stops)
    {
        using ModelFolder gpt2 = ModelFolder.Open(folder.Model);
        AnswerText text = new(gpt2.Tokenizer, stops, _pieces.Add);
        for (int i = 0; i < said.Length && !text.IsStopped; i++)
        {
            text.Add(gpt2.Tokenizer.Encode(said[i].ToString()).Single(), new ChosenToken(1000 + i, -1, []));
        }

        text.End();
        return text;
    }

    /// <summary>A token a byte.</summary>
    private sealed class ByteTokens : ITokenizer
    {
        public int VocabularySize => 256;

        public int? EndOfTextId => null;

        public int? BosId => null;

        public int? EosId => null;

        public int? PadId => null;

        public int? UnkId => null;

        public int? ClsId => null;

        public int? SepId => null;

        public int? MaskId => null;

        public int[] Encode(string text, bool addSpecialTokens = false) => throw new NotSupportedException();

        public TokenizedPair EncodePair(string first, string second, bool addSpecialTokens = true) => throw new NotSupportedException();

        public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true) => System.Text.Encoding.UTF8.GetString([.. ids.ToArray().Select(i => (byte)i)]);

        public string[] Tokens(ReadOnlySpan<int> ids) => throw new NotSupportedException();

        public int? TokenId(string token) => throw new NotSupportedException();

        public string? Token(int id) => throw new NotSupportedException();

        public bool IsSpecial(int id) => false;
    }
}
