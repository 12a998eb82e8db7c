using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Tokenizers;

public sealed class TokenizerPipelineTests
{
    private const int Seed = 1;

    private static readonly ITokenizer Gpt2 = TokenizerLoader.Load(TokenizerFixtures.Folder("gpt2_bpe"));

    [Fact]
    public void Decode_RandomTexts_RoundTrip()
    {
        RandomText.Any.Hold(2000, Seed, text => Assert.Equal(text, Gpt2.Decode(Gpt2.Encode(text), skipSpecialTokens: false)));
    }

    [Fact]
    public void Decode_LongWordWithoutSpaces_RoundTrips()
    {
        var text = string.Concat(RandomText.Any.Take(400, Seed)).Replace(" ", "", StringComparison.Ordinal) + new string('e', 5000);

        Assert.Equal(text, Gpt2.Decode(Gpt2.Encode(text)));
    }

    [Fact]
    public void Encode_UnpairedSurrogate_BecomesReplacementCharacter() => Assert.Equal("a\uFFFDb", Gpt2.Decode(Gpt2.Encode("a\uD800b")));

    [Fact]
    public async Task Encode_ManyThreads_GiveTheSame()
    {
        var tokenizer = TokenizerLoader.Load(TokenizerFixtures.Folder("gpt2_bpe"));
        var texts = RandomText.Any.Take(500, Seed + 1);
        var expected = Array.ConvertAll(texts, text => Gpt2.Encode(text));

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Array.ConvertAll(texts, text => tokenizer.Encode(text)))));

        Assert.All(results, result => Assert.Equal(expected, result));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1000)]
    public void Decode_IdOfNoToken_IsNothing(int id)
    {
        Assert.Equal(Gpt2.Decode([5, 6]), Gpt2.Decode([5, id, 6, id]));
        Assert.Equal([Gpt2.Token(5)!, ""], Gpt2.Tokens([5, id]));
        Assert.Null(Gpt2.Token(id));
        Assert.False(Gpt2.IsSpecial(id));
    }

    [Fact]
    public void TokenId_TokenOfTheVocabulary_IsItsIdAndBack()
    {
        for (var id = 0; id < Gpt2.VocabularySize; id++)
        {
            Assert.Equal(id, Gpt2.TokenId(Gpt2.Token(id)!));
        }

        Assert.Null(Gpt2.TokenId("no such token"));
    }

    [Fact]
    public void EncodePair_NoTemplate_JoinsTheTexts()
    {
        var pair = Gpt2.EncodePair("in", " in in");

        Assert.Equal([.. Gpt2.Encode("in"), .. Gpt2.Encode(" in in")], pair.Ids);
        Assert.Equal([0, 1, 1], pair.SegmentIds);
    }

    [Fact]
    public void Encode_NormalizedAddedToken_IsFoundInNormalizedText()
    {
        var json = SmallTokenizers.Llama2();
        json["normalizer"] = new System.Text.Json.Nodes.JsonObject { ["type"] = "Lowercase" };
        json["added_tokens"]![2]!["content"] = "The";
        json["added_tokens"]![2]!["id"] = 500;
        json["added_tokens"]![2]!["normalized"] = true;
        var tokenizer = SmallTokenizers.Load(json);

        Assert.Equal([500, 500], tokenizer.Encode("THEthe"));
        Assert.Equal(501, tokenizer.VocabularySize);
    }
}
