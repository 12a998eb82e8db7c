using System.Globalization;
using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Tokenizers.SentencePiece;

public sealed class T5FixtureTests
{
    private const int Seed = 5;
    private const string Fixture = "t5_unigram";

    [Fact]
    public void Load_SentencePieceModel_AgreesWithReference()
    {
        using var folder = Files();
        var tokenizer = TokenizerLoader.Load(folder.Path);

        CaseAssert.Same(tokenizer, TokenizerFixtures.Cases(Fixture).Cases);
        CaseAssert.SamePairs(tokenizer, TokenizerFixtures.Cases(Fixture).Pairs);
    }

    [Fact]
    public void Load_SentencePieceModel_AgreesWithTokenizerJsonOnRandomText()
    {
        using var model = Files();
        using var json = new TemporaryFolder().From(Fixture, "tokenizer_precompiled.json=tokenizer.json", "tokenizer_config.json", "special_tokens_map.json");
        var (tokenizer, wanted) = (TokenizerLoader.Load(model.Path), TokenizerLoader.Load(json.Path));

        RandomText.Any.Hold(2000, Seed, text => CaseAssert.Same(wanted, tokenizer, text));
    }

    [Fact]
    public void Load_Roles_AreThoseOfTheConfiguration()
    {
        using var folder = Files();
        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal((0, 1, 2, 1), (tokenizer.PadId, tokenizer.EosId, tokenizer.UnkId, tokenizer.EndOfTextId));
        Assert.Null(tokenizer.BosId);
        Assert.Equal(807, tokenizer.TokenId("<extra_id_0>"));
        Assert.Equal("<extra_id_7>", tokenizer.Token(800));
        Assert.Equal(808, tokenizer.VocabularySize);
        Assert.All([0, 1, 2, 800, 807], id => Assert.True(tokenizer.IsSpecial(id)));
        Assert.False(tokenizer.IsSpecial(3));
    }

    /// <summary>What the configuration says, and the highest sentinel that there is then.</summary>
    [Theory]
    [InlineData(null, 99)]
    [InlineData("""{"extra_ids":3}""", 2)]
    [InlineData("""{"additional_special_tokens":["<extra_id_0>","<extra_id_1>"]}""", 1)]
    public void Load_Sentinels_AreAsManyAsConfigured(string? config, int highest)
    {
        using var folder = new TemporaryFolder().From(Fixture, "spiece.model");
        if (config is not null)
        {
            folder.With("tokenizer_config.json", config);
        }

        var tokenizer = TokenizerLoader.Load(folder.Path);

        Assert.Equal(800, tokenizer.TokenId(string.Create(CultureInfo.InvariantCulture, $"<extra_id_{highest}>")));
        Assert.Equal([800 + highest], tokenizer.Encode("<extra_id_0>"));
        Assert.Equal(801 + highest, tokenizer.VocabularySize);
    }

    [Theory]
    [InlineData("""{"legacy":false}""", "legacy")]
    [InlineData("""{"extra_ids":2000000000}""", "extra_ids")]
    [InlineData("""{"extra_ids":"x"}""", "extra_ids")]
    [InlineData("""{"tokenizer_class":"AlbertTokenizer"}""", "AlbertTokenizer")]
    public void Load_ConfigurationOfAnotherKind_IsRefused(string config, string problem)
    {
        using var folder = new TemporaryFolder().From(Fixture, "spiece.model").With("tokenizer_config.json", config);

        var error = Assert.Throws<TokenizerException>(() => TokenizerLoader.Load(folder.Path));

        Assert.EndsWith("tokenizer_config.json", error.File, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Encode_FromManyThreads_IsTheSame()
    {
        using var folder = Files();
        var tokenizer = TokenizerLoader.Load(folder.Path);
        var texts = RandomText.Any.Take(200, Seed);
        var wanted = texts.Select(text => tokenizer.Encode(text)).ToArray();

        var found = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => texts.Select(text => tokenizer.Encode(text)).ToArray())));

        Assert.All(found, ids => Assert.Equal(wanted, ids));
    }

    private static TemporaryFolder Files() => new TemporaryFolder().From(Fixture, "spiece.model", "tokenizer_config.json", "special_tokens_map.json");
}
