using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Tokenizers;

public sealed class T5FixtureTests
{
    private const string Fixture = "t5_unigram";

    [Fact]
    public void Load_PlainNfkc_AgreesWithReferenceWhereTheRulesAre()
    {
        var tokenizer = TokenizerLoader.Load(TokenizerFixtures.Folder(Fixture));

        CaseAssert.Same(tokenizer, TokenizerFixtures.Cases(Fixture).Cases.Where(c => c.NfkcSame == true));
        CaseAssert.SamePairs(tokenizer, TokenizerFixtures.Cases(Fixture).Pairs);
    }

    [Fact]
    public void Load_PrecompiledRules_AgreesWithReference()
    {
        using var folder = new TemporaryFolder().From(Fixture, "tokenizer_precompiled.json=tokenizer.json", "tokenizer_config.json", "special_tokens_map.json");
        var tokenizer = TokenizerLoader.Load(folder.Path);

        CaseAssert.Same(tokenizer, TokenizerFixtures.Cases(Fixture).Cases);
        CaseAssert.SamePairs(tokenizer, TokenizerFixtures.Cases(Fixture).Pairs);
    }

    [Fact]
    public void Load_Roles_AreThoseOfTheConfiguration()
    {
        var tokenizer = TokenizerLoader.Load(TokenizerFixtures.Folder(Fixture));

        Assert.Equal((0, 1, 2, 1), (tokenizer.PadId, tokenizer.EosId, tokenizer.UnkId, tokenizer.EndOfTextId));
        Assert.Equal(807, tokenizer.TokenId("<extra_id_0>"));
        Assert.Equal("<extra_id_7>", tokenizer.Token(800));
        Assert.Equal(808, tokenizer.VocabularySize);
    }
}
