using System.Text.Json.Nodes;
using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Tokenizers.Sources;

/// <summary>What the files beside the vocabulary change.</summary>
public sealed class TokenizerConfigTests
{
    private const string Fixture = "gpt2_bpe";

    private const string Bart = """{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"a":4,"Ġa":5,"<mask>":6,"Ġ":7}""";

    [Fact]
    public void Load_ConfigNamesRoles_TakesThem()
    {
        using var folder = new TemporaryFolder().From(Fixture, "tokenizer.json").With("tokenizer_config.json", """
            {"eos_token": {"content": "in", "__type": "AddedToken"}, "pad_token": "<|endoftext|>", "bos_token": null}
            """).With("special_tokens_map.json", """{"eos_token": "on", "mask_token": "on"}""");

        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal(tokenizer.TokenId("in"), tokenizer.EosId);
        Assert.Equal(tokenizer.TokenId("on"), tokenizer.MaskId);
        Assert.Equal(999, tokenizer.PadId);
        Assert.Null(tokenizer.BosId);
    }

    [Fact]
    public void Load_ConfigAddsTokens_KnowsThem()
    {
        using var folder = new TemporaryFolder().From(Fixture, "tokenizer.json").With("tokenizer_config.json", """
            {"added_tokens_decoder": {"1000": {"content": "<new>", "special": true}}}
            """);

        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal([1000], tokenizer.Encode("<new>"));
        Assert.True(tokenizer.IsSpecial(1000));
        Assert.Equal(1001, tokenizer.VocabularySize);
    }

    [Theory]
    [InlineData("additional_special_tokens", """["zq", {"content": "the", "lstrip": false}]""")]
    [InlineData("extra_special_tokens", """["the"]""")]
    [InlineData("extra_special_tokens", """{"the_token": "the"}""")]
    public void Load_SpecialTokensWithoutIds_AreMatchedWhole(string option, string tokens)
    {
        foreach (string files in new[] { "tokenizer.json", "vocab.json merges.txt" })
        {
            using var folder = new TemporaryFolder().From(Fixture, files.Split(' ')).With("tokenizer_config.json", $$"""{"{{option}}": {{tokens}}}""");

            var tokenizer = TokenizerLoader.Load(folder.Path);

            int whole = tokenizer.TokenId("the")!.Value;
            Assert.Contains(whole, tokenizer.Encode("wethere"));
            Assert.True(tokenizer.IsSpecial(whole));
            Assert.Equal("were", tokenizer.Decode(tokenizer.Encode("wethere")));
        }
    }

    /// <summary>Without tokenizer_config.json nothing names the tokens that begin and end a text, but tokenizer.json shows them.</summary>
    [Fact]
    public void Load_TemplateAlone_NamesFirstAndLastToken()
    {
        JsonObject file = JsonNode.Parse(File.ReadAllText(Fixtures.Path("tokenizers", Fixture, "tokenizer.json")))!.AsObject();
        file["post_processor"] = JsonNode.Parse("""
            {"type": "TemplateProcessing", "special_tokens": {"on": {"id": "on", "ids": [ON], "tokens": ["on"]}, "in": {"id": "in", "ids": [IN], "tokens": ["in"]}},
             "single": [{"SpecialToken": {"id": "on", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "in", "type_id": 0}}],
             "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}]}
            """.Replace("ON", Id(file, "on"), StringComparison.Ordinal).Replace("IN", Id(file, "in"), StringComparison.Ordinal));
        using var folder = new TemporaryFolder().With("tokenizer.json", file);

        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal(["on", "in"], tokenizer.Tokens([tokenizer.BosId!.Value, tokenizer.EosId!.Value]));

        folder.With("tokenizer_config.json", """{"cls_token": "on", "eos_token": "<|endoftext|>"}""");
        tokenizer = TokenizerLoader.Load(folder.Path);
        Assert.Equal(["<|endoftext|>", "<|endoftext|>"], tokenizer.Tokens([tokenizer.BosId!.Value, tokenizer.EosId!.Value]));

        static string Id(JsonObject file, string token) => file["model"]!["vocab"]![token]!.ToString();
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("vocab.json merges.txt")]
    public void Load_AddPrefixSpace_WinsOverTheTokenizer(string files)
    {
        using var folder = new TemporaryFolder().From(Fixture, files.Split(' ')).With("tokenizer_config.json", """{"add_prefix_space": true}""");

        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal(tokenizer.Encode(" the"), tokenizer.Encode("the"));
    }

    [Fact]
    public void Load_AddBosToken_PutsItBeforeEachText()
    {
        using var folder = new TemporaryFolder().From(Fixture, "vocab.json", "merges.txt")
            .With("tokenizer_config.json", """{"tokenizer_class": "GPT2Tokenizer", "add_bos_token": true}""");

        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal([999, .. tokenizer.Encode("a")], tokenizer.Encode("a", addSpecialTokens: true));
        Assert.Equal([0, 0, 1, 1], tokenizer.EncodePair("a", "b").SegmentIds);
    }

    [Fact]
    public void Load_BartVocabulary_PutsItsTokensAround()
    {
        using var folder = new TemporaryFolder().With("vocab.json", Bart).With("merges.txt", "#version: 0.2\nĠ a\n")
            .With("tokenizer_config.json", """{"tokenizer_class": "BartTokenizer"}""");

        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal([0, 4, 5, 2], tokenizer.Encode("a a", addSpecialTokens: true));
        Assert.Equal([0, 4, 2, 2, 5, 2], tokenizer.EncodePair("a", " a").Ids);
        Assert.Equal([4, 6, 4], tokenizer.Encode("a <mask>a"));
        Assert.Equal((0, 2, 1, 3, 0, 2, 6), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.UnkId, tokenizer.ClsId, tokenizer.SepId, tokenizer.MaskId));
    }

    [Fact]
    public void Load_AddedTokensFile_IsRead()
    {
        using var folder = new TemporaryFolder().From(Fixture, "vocab.json", "merges.txt")
            .With("added_tokens.json", """{"<new>": 1000}""")
            .With("tokenizer_config.json", """{"additional_special_tokens": ["<new>"]}""");

        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal([1000], tokenizer.Encode("<new>"));
        Assert.True(tokenizer.IsSpecial(1000));
    }
}
