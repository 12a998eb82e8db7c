using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Tokenizers;

public sealed class Gpt2FixtureTests
{
    private const string Fixture = "gpt2_bpe";

    [Fact]
    public void Load_TokenizerJson_AgreesWithReference()
    {
        var tokenizer = TokenizerLoader.Load(TokenizerFixtures.Folder(Fixture));

        CaseAssert.Same(tokenizer, TokenizerFixtures.Cases(Fixture).Cases);
    }

    [Fact]
    public void Load_VocabularyAndMerges_AgreesWithReference()
    {
        using var folder = new TemporaryFolder().From(Fixture, "vocab.json", "merges.txt", "tokenizer_config.json");

        CaseAssert.Same(TokenizerLoader.Load(folder.Path), TokenizerFixtures.Cases(Fixture).Cases);
    }

    [Fact]
    public void Load_VocabularyAndMergesWithoutConfig_AgreesWithReference()
    {
        using var folder = new TemporaryFolder().From(Fixture, "vocab.json", "merges.txt");

        CaseAssert.Same(TokenizerLoader.Load(folder.Path), TokenizerFixtures.Cases(Fixture).Cases);
    }

    [Fact]
    public void Load_EndOfTextNotConfigured_IsFoundInVocabulary()
    {
        var tokenizer = TokenizerLoader.Load(TokenizerFixtures.Folder(Fixture));

        Assert.Equal(999, tokenizer.EndOfTextId);
        Assert.Equal(999, tokenizer.BosId);
        Assert.Equal(1000, tokenizer.VocabularySize);
        Assert.True(tokenizer.IsSpecial(999));
        Assert.Equal("", tokenizer.Decode([999]));
        Assert.Equal("<|endoftext|>", tokenizer.Decode([999], skipSpecialTokens: false));
    }
}
