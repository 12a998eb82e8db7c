using Mend.Models.Tests.Chat;
using Mend.Models.Tokenizers;
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

    /// <summary>Chat models end turns with other tokens than texts; files name one of them, by key, and have the others in their vocabularies.</summary>
    [Fact]
    public void Of_GgufFile_AreThoseOfItsKeysAndOfTheNamesThatChatModelsHave()
    {
        string[] tokens = ["a", "b", "</s>", "<end_of_turn>", "stop", "<|im_end|>", "<|eot_id|>"];
        string path = new GgufBuilder().Text("general.architecture", "llama").Text("tokenizer.ggml.model", "gpt2").Text("tokenizer.ggml.pre", "gpt-2")
            .Texts("tokenizer.ggml.tokens", tokens).Texts("tokenizer.ggml.merges", []).Integers("tokenizer.ggml.token_type", [1, 1, 3, 3, 3, 3, 1])
            .Integer("tokenizer.ggml.eos_token_id", 2).Integer("tokenizer.ggml.eot_token_id", 4).Integer("tokenizer.ggml.eom_token_id", uint.MaxValue)
            .Write(Path.Combine(_folder.Path, "a.gguf"));

        Assert.Equal([2, 3, 4, 5], EndTokens.Of(path, TokenizerLoader.Load(path)).Order());
    }

    [Fact]
    public void Description_OfAGgufFile_NamesThemInItsGenerationConfig()
    {
        using ModelFolder model = ModelFolder.Open(GgufCases.Path("f16"));
        foreach ((string name, byte[] bytes) in model.Description())
        {
            File.WriteAllBytes(Path.Combine(_folder.Path, name), bytes);
        }

        Assert.Equal([0, 2], EndTokens.Of(model.Path, model.Tokenizer).Order());
        Assert.Equal([0, 2], EndTokens.Of(_folder.Path, TokenizerLoader.Load(_folder.Path)).Order());
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
