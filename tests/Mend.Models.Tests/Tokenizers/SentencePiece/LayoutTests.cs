using System.Text.Json.Nodes;
using Mend.Models.Tokenizers.SentencePiece.Model;
using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Tokenizers.SentencePiece;

public sealed class LayoutTests
{
    private const int Seed = 7;

    [Fact]
    public void Load_LlamaModel_AgreesWithTokenizerJson()
    {
        var json = SmallTokenizers.Llama2();
        var wanted = SmallTokenizers.Load(json);
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(Path.Combine(folder.Path, "tokenizer.model"), LlamaModel(json));
        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal((1, 2, 0), (tokenizer.BosId, tokenizer.EosId, tokenizer.UnkId));
        string[] some = ["the cat", "the  cat   a", " the", "thethe cath", "é🚀 the", "a\ncat\0a", "a<s>the", "▁▁▁", "    "];
        Assert.All(some, text => CaseAssert.Same(wanted, tokenizer, text));
        RandomText.Any.Hold(1000, Seed, text => CaseAssert.Same(wanted, tokenizer, text));
    }

    [Fact]
    public void Encode_BpeModel_SettlesSpacesAndMergesLeftmostFirst()
    {
        using var folder = new TemporaryFolder();
        var model = new ModelBuilder(ModelBuilder.Bpe).Usual().Piece("aa", 0).Piece("▁a", -1).Piece("a", -2).Piece("▁", -2);
        File.WriteAllBytes(Path.Combine(folder.Path, "tokenizer.model"), model.Normalizer(4, 1).Build());
        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal(["▁a"], tokenizer.Tokens(tokenizer.Encode("a")));
        Assert.Equal(["▁", "aa", "a", "▁a", "<unk>"], tokenizer.Tokens(tokenizer.Encode(" aaa   axy ")));
        Assert.Empty(tokenizer.Encode("  "));
    }

    [Theory]
    [InlineData("""{"tokenizer_class":"LlamaTokenizer","add_bos_token":false}""", new int[0], new int[0])]
    [InlineData("""{"add_eos_token":true}""", new[] { 1 }, new[] { 2 })]
    public void Load_LlamaModel_AddsWhatIsConfigured(string config, int[] before, int[] after)
    {
        using var folder = new TemporaryFolder().With("tokenizer_config.json", config);
        File.WriteAllBytes(Path.Combine(folder.Path, "tokenizer.model"), LlamaModel(SmallTokenizers.Llama2()));
        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal([.. before, .. tokenizer.Encode("the cat"), .. after], tokenizer.Encode("the cat", addSpecialTokens: true));
    }

    [Fact]
    public void Load_XlmRobertaModel_MovesIdsAsFairseqDoes()
    {
        using var folder = new TemporaryFolder();
        var model = new ModelBuilder(ModelBuilder.Unigram).Usual().Piece("▁a", -1).Piece("b", -2).Piece("▁", -3).Build();
        File.WriteAllBytes(Path.Combine(folder.Path, "sentencepiece.bpe.model"), model);
        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal((0, 1, 2, 3, 7), (tokenizer.BosId, tokenizer.PadId, tokenizer.EosId, tokenizer.UnkId, tokenizer.MaskId));
        Assert.Equal([0, 4, 5, 3, 5, 2], tokenizer.Encode("abxyb", addSpecialTokens: true));
        Assert.Equal([0, 4, 2, 2, 6, 5, 2], tokenizer.EncodePair("a", "b").Ids);
        Assert.Equal([4, 7, 6, 5], tokenizer.Encode("a <mask> b"));
        Assert.Equal("a b", tokenizer.Decode(tokenizer.Encode("a b", addSpecialTokens: true)));
        Assert.Equal(8, tokenizer.VocabularySize);
    }

    [Fact]
    public void Encode_UnigramModelWithByteFallback_SpellsUnknownTextInBytes()
    {
        using var folder = new TemporaryFolder();
        var model = new ModelBuilder(ModelBuilder.Unigram).Usual();
        for (var b = 0; b < 256; b++)
        {
            model.Piece($"<0x{b:X2}>", 0, PieceKind.Byte);
        }

        File.WriteAllBytes(Path.Combine(folder.Path, "tokenizer.model"), model.Piece("▁a", -1).Trainer(35, 1).Build());
        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal(["▁a", "<0xC3>", "<0xA9>", "<0xF0>", "<0x9F>", "<0x9A>", "<0x80>", "▁a"], tokenizer.Tokens(tokenizer.Encode("aé🚀 a")));
        Assert.Equal("aé🚀 a", tokenizer.Decode(tokenizer.Encode("aé🚀 a")));
    }

    /// <summary>The same vocabulary; a merge's score falls with its rank.</summary>
    private static byte[] LlamaModel(JsonObject json)
    {
        var tokens = json["model"]!["vocab"]!.AsObject().OrderBy(entry => (int)entry.Value!).Select(entry => entry.Key).ToArray();
        var merges = json["model"]!["merges"]!.AsArray().Select(merge => ((string)merge!).Replace(" ", "", StringComparison.Ordinal)).ToList();
        var model = new ModelBuilder(ModelBuilder.Bpe).Usual();
        foreach (var (id, token) in tokens.Index().Skip(3))
        {
            var rank = merges.IndexOf(token);
            model.Piece(token, rank < 0 ? -1000 : -rank, id < 3 + 256 ? PieceKind.Byte : PieceKind.Normal);
        }

        return model.Trainer(35, 1).Trainer(43, -1).Normalizer(3, 1).Normalizer(4, 0).Build();
    }
}
