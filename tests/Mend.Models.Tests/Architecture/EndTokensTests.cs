using Mend.Models.Tests.Chat;
using Mend.Testing;

namespace Mend.Models.Tests.Architecture;

/// <summary>What ends an answer.</summary>
public sealed class EndTokensTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"eos_token_id": [7, 9]}""", """{"eos_token_id": 8}""", new[] { 2, 7, 8, 9 })]
    [InlineData("""{"eos_token_id": 7}""", """{"eos_token_id": null}""", new[] { 2, 7 })]
    [InlineData("""{}""", """{}""", new[] { 2 })]
    public void Of_Files_AreAllAsked(string generation, string config, int[] expected)
    {
        _folder.With("generation_config.json", generation).With("config.json", config);

        Assert.Equal(expected, EndTokens.Of(_folder.Path, new LetterTokenizer()).Order());
    }

    [Fact]
    public void Of_NoFiles_IsTheTokenizers() => Assert.Equal([2], EndTokens.Of(_folder.Path, new LetterTokenizer()));

    [Theory]
    [InlineData("""{"eos_token_id": "seven"}""", "eos_token_id = \"seven\"; a token id or a list of them is wanted")]
    [InlineData("""{"eos_token_id": [1.5]}""", "eos_token_id = [1.5]; a token id")]
    [InlineData("{", "is not valid JSON")]
    public void Of_SomethingElse_IsAnError(string generation, string expected)
    {
        _folder.With("generation_config.json", generation);

        Assert.Contains(expected, Assert.Throws<ModelException>(() => EndTokens.Of(_folder.Path, new LetterTokenizer())).Message, StringComparison.Ordinal);
    }
}
