using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Tokenizers;

public sealed class BertFixtureTests
{
    private const string Fixture = "bert_wordpiece";

    /// <summary>The reference decodes without clean-up.</summary>
    private static readonly TokenizerOptions AsReference = new() { CleanUpSpaces = false };

    [Fact]
    public void Load_TokenizerJson_AgreesWithReference()
    {
        var tokenizer = TokenizerLoader.Load(TokenizerFixtures.Folder(Fixture), AsReference);

        CaseAssert.Same(tokenizer, TokenizerFixtures.Cases(Fixture).Cases);
        CaseAssert.SamePairs(tokenizer, TokenizerFixtures.Cases(Fixture).Pairs);
    }

    [Fact]
    public void Load_Vocabulary_AgreesWithReference()
    {
        using var folder = new TemporaryFolder().From(Fixture, "vocab.txt", "tokenizer_config.json");
        var tokenizer = TokenizerLoader.Load(folder.Path, AsReference);

        CaseAssert.Same(tokenizer, TokenizerFixtures.Cases(Fixture).Cases);
        CaseAssert.SamePairs(tokenizer, TokenizerFixtures.Cases(Fixture).Pairs);
    }

    [Fact]
    public void Load_EitherFormat_KnowsTheRoles()
    {
        using var folder = new TemporaryFolder().From(Fixture, "vocab.txt");
        foreach (var path in new[] { TokenizerFixtures.Folder(Fixture), folder.Path })
        {
            var tokenizer = TokenizerLoader.Load(path);

            Assert.Equal((0, 1, 2, 3, 4), (tokenizer.PadId, tokenizer.UnkId, tokenizer.ClsId, tokenizer.SepId, tokenizer.MaskId));
            Assert.Equal((null, null, 3), (tokenizer.BosId, tokenizer.EosId, tokenizer.EndOfTextId));
            Assert.Equal(900, tokenizer.VocabularySize);
        }
    }

    [Fact]
    public void Decode_ByDefault_ClosesGapsBeforePunctuation()
    {
        var tokenizer = TokenizerLoader.Load(TokenizerFixtures.Folder(Fixture));

        Assert.Equal("hello world.", tokenizer.Decode(tokenizer.Encode("Hello world.")));
    }

    [Fact]
    public void Load_CasedConfig_KeepsCaseAndAccents()
    {
        using var folder = new TemporaryFolder().From(Fixture, "vocab.txt", "tokenizer.json").With("tokenizer_config.json", """{"do_lower_case": false}""");
        var unknown = TokenizerLoader.Load(folder.Path).Encode("Hello");

        Assert.Equal([1], unknown);
    }
}
