using System.Text.Json;
using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Gguf;

public sealed class GgufTokenizerTests
{
    public static TheoryData<string> Ways => [.. GgufCases.Root.GetProperty("tokenizer_cases").EnumerateObject().Select(w => w.Name)];

    [Theory]
    [MemberData(nameof(Ways))]
    public void Encode_TextsOfTheReference_SameIdsAndSameTextBack(string way)
    {
        string file = GgufCases.Root.GetProperty("files").EnumerateObject()
            .First(f => f.Value.GetProperty("tokenizer_pre").GetString() == way && f.Value.GetProperty("architecture").GetString() == "llama").Name;
        ITokenizer tokenizer = TokenizerLoader.Load(GgufCases.Path(file));

        foreach (JsonElement expected in GgufCases.Root.GetProperty("tokenizer_cases").GetProperty(way).EnumerateArray())
        {
            string text = expected.GetProperty("text").GetString()!;
            int[] ids = [.. expected.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())];
            Assert.True(ids.SequenceEqual(tokenizer.Encode(text)), $"'{text}' became {string.Join(' ', tokenizer.Tokens(tokenizer.Encode(text)))}; {string.Join(' ', tokenizer.Tokens(ids))} is wanted");
            Assert.Equal(expected.GetProperty("decoded").GetString(), tokenizer.Decode(ids, skipSpecialTokens: false));
        }
    }

    [Theory]
    [MemberData(nameof(GgufCases.Names), MemberType = typeof(GgufCases))]
    public void Load_Fixture_HasItsSpecialTokens(string name)
    {
        ITokenizer tokenizer = TokenizerLoader.Load(GgufCases.Path(name));
        bool addsBos = GgufCases.File(name).GetProperty("add_bos_token").GetBoolean();

        Assert.Equal((1, 2), (tokenizer.BosId, tokenizer.EosId));
        Assert.True(tokenizer.IsSpecial(2));
        Assert.Equal(addsBos ? [1, 44] : [44], tokenizer.Encode("H", addSpecialTokens: true));
        Assert.All(GgufCases.Root.GetProperty("tokens").EnumerateArray().Index(), t => Assert.Equal(t.Index, tokenizer.TokenId(t.Item.GetString()!)));
    }

    [Fact]
    public void Decode_UserDefinedTokens_AreTextAndControlTokensAreNot()
    {
        ITokenizer tokenizer = TokenizerLoader.Load(GgufCases.Path("f16"));
        int[] ids = tokenizer.Encode("<|im_start|>a<think>b<|im_end|>");

        Assert.Equal(1, ids[0]);
        Assert.Equal("a<think>b", tokenizer.Decode(ids));
    }

    [Fact]
    public void Encode_ScoresOfSentencePiece_JoinTheBestPiecesAndSpellTheRestInBytes()
    {
        using TemporaryFolder folder = new();
        ITokenizer tokenizer = TokenizerLoader.Load(SentencePiece(folder, _ => { }));

        // "▁abb": of the joins that apply ▁a scores best, then bb, then both together.
        Assert.Equal([1, 6, 7], tokenizer.Encode("abb", addSpecialTokens: true));
        Assert.Equal("abb", tokenizer.Decode([1, 6, 7]));
        Assert.Equal([3, 7, 9], tokenizer.Encode("bb\n"));
        Assert.Equal("bb\n", tokenizer.Decode(tokenizer.Encode("bb\n")));
        Assert.Equal((1, 2, 0), (tokenizer.BosId, tokenizer.EosId, tokenizer.UnkId));
    }

    [Fact]
    public void Encode_SwitchesOfTheFile_AreFollowed()
    {
        using TemporaryFolder folder = new();
        ITokenizer tokenizer = TokenizerLoader.Load(SentencePiece(folder, b => b
            .Flag("tokenizer.ggml.add_space_prefix", false).Flag("tokenizer.ggml.add_bos_token", false).Flag("tokenizer.ggml.add_eos_token", true)));

        Assert.Equal([4, 7, 2], tokenizer.Encode("abb", addSpecialTokens: true));
        Assert.Equal(" a", tokenizer.Decode(tokenizer.Encode(" a")));
    }

    [Theory]
    [InlineData("rwkv", null, "kind 'rwkv'")]
    [InlineData(null, null, "no tokenizer")]
    [InlineData("gpt2", "klingon", "'klingon'")]
    [InlineData("gpt2", "gpt-2", "merges")]
    [InlineData("llama", null, "scores")]
    public void Load_WhatIsNotRead_SaysSo(string? model, string? way, string words)
    {
        using TemporaryFolder folder = new();
        GgufBuilder builder = new GgufBuilder().Text("general.architecture", "llama").Texts("tokenizer.ggml.tokens", ["a", "b"]);
        builder = model is null ? builder : builder.Text("tokenizer.ggml.model", model);
        builder = way is null ? builder : builder.Text("tokenizer.ggml.pre", way);
        string path = builder.Write(folder["a.gguf"]);
        Assert.Contains(words, Assert.Throws<TokenizerException>(() => TokenizerLoader.Load(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bos_token_id", 99u, "bos_token_id is 99")]
    [InlineData("eos_token_id", uint.MaxValue, null)]
    public void Load_IdOutsideTheVocabulary_IsRefusedUnlessItMeansNone(string key, uint id, string? words)
    {
        using TemporaryFolder folder = new();
        string path = new GgufBuilder().Text("tokenizer.ggml.model", "gpt2").Text("tokenizer.ggml.pre", "gpt-2").Texts("tokenizer.ggml.tokens", ["a", "b"])
            .Texts("tokenizer.ggml.merges", []).Integer("tokenizer.ggml." + key, id).Write(folder["a.gguf"]);
        if (words is null)
        {
            Assert.Null(TokenizerLoader.Load(path).EosId);
        }
        else
        {
            Assert.Contains(words, Assert.Throws<TokenizerException>(() => TokenizerLoader.Load(path)).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A small vocabulary: &lt;unk&gt;, &lt;s&gt;, &lt;/s&gt;, ▁, a, b, ▁a, bb, ▁ab, and the byte of a line break.</summary>
    private static string SentencePiece(TemporaryFolder folder, Action<GgufBuilder> more)
    {
        GgufBuilder builder = new GgufBuilder().Text("general.architecture", "llama").Text("tokenizer.ggml.model", "llama")
            .Texts("tokenizer.ggml.tokens", ["<unk>", "<s>", "</s>", "▁", "a", "b", "▁a", "bb", "▁ab", "<0x0A>"])
            .Numbers("tokenizer.ggml.scores", [0, 0, 0, -10, -11, -12, -1, -2, -3, 0])
            .Integers("tokenizer.ggml.token_type", [2, 3, 3, 1, 1, 1, 1, 1, 1, 6]);
        more(builder);
        return builder.Write(folder["a.gguf"]);
    }
}
