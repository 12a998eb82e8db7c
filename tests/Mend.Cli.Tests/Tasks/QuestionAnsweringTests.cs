using System.Text.Json;

namespace Mend.Cli.Tests.Tasks;

/// <summary>Encoder-decoder models through the commands, with zsRE's published shape.</summary>
public sealed class QuestionAnsweringTests
{
    private const string Question = "Who built the river king?";

    [Theory]
    [InlineData("t5", "t5_unigram", 808)]
    [InlineData("t5_v1_1", "t5_unigram", 808)]
    [InlineData("bart", "gpt2_bpe", 1000)]
    public async Task EncoderDecoder_EveryCommand_Works(string fixture, string tokenizer, int vocabulary)
    {
        using TinyCheckpoint checkpoint = TinyCheckpoint.Of(fixture, tokenizer, vocabulary);
        (string model, string editor, string ledger) = (checkpoint.Model, Path.Combine(checkpoint.Root, "e.safetensors"), Path.Combine(checkpoint.Root, "ledger"));
        string zsre = checkpoint.Write("zsre.jsonl", [.. new[] { "river", "king", "city", "moon" }.Select((w, i) =>
            $$"""{"id": "q{{i}}", "input": "Who built the {{w}}?", "output": [{"answer": "school"}, {"provenance": []}], "prediction": "house", "alternatives": ["tree"], "filtered_rephrases": ["Which one built the {{w}}?"]}""")]);
        (await CliRun.Of("train", "--model", model, "--train", zsre, "--validation", zsre, "--out", editor, "--steps", "4", "--rank", "8", "--quiet")).Done();
        async Task<string> Answer(string folder, params string[] more) =>
            (await CliRun.Of(["generate", Question, "--model", folder, "--max-tokens", "5", "--json", .. more])).Done().Json.GetProperty("text").GetString()!;
        string before = await Answer(model);

        JsonElement eval = (await CliRun.Of("eval", "--model", model, "--editor", editor, "--edits", zsre, "--json")).Done().Json;
        (await CliRun.Of("preview", Question, "moon", "--model", model, "--editor", editor)).Done();
        JsonElement edit = (await CliRun.Of("edit", Question, "moon", "--model", model, "--editor", editor, "--ledger", ledger, "--shards", "2", "--json")).Done().Json;
        string after = await Answer(model, "--ledger", ledger);
        string exported = Path.Combine(checkpoint.Root, "exported");
        (await CliRun.Of("export", "--model", model, "--ledger", ledger, "--out", exported)).Done();
        string written = await Answer(exported);
        (await CliRun.Of("revert", "1", "--model", model, "--ledger", ledger)).Done();

        Assert.Equal(4, eval.GetProperty("edits").GetInt32());
        Assert.Equal(1, edit.GetProperty("version").GetInt32());
        Assert.NotEqual(before, after);
        Assert.Equal(after, written);
        Assert.Equal(before, await Answer(model, "--ledger", ledger));
        Assert.Equal(2, (await CliRun.Of("log", "--model", model, "--ledger", ledger, "--json")).Done().Json.GetProperty("versions").GetArrayLength());
    }

    /// <summary>Published models are padded to round vocabularies; what their tokenizers lack is nothing, and no fault.</summary>
    [Fact]
    public async Task Generate_IdsBeyondTheTokenizer_AreNothing()
    {
        using TinyCheckpoint checkpoint = TinyCheckpoint.Of("t5", "t5_unigram", 808 + 20_000);

        JsonElement answer = (await CliRun.Of("generate", Question, "--model", checkpoint.Model, "--max-tokens", "12", "--json")).Done().Json;

        Assert.True(answer.GetProperty("tokens").GetInt32() > 0);
        Assert.True(answer.GetProperty("text").GetString()!.Length < 60);
    }

    [Fact]
    public async Task Generate_TokenizerOfAnotherCheckpoint_SaysSo()
    {
        using TinyCheckpoint checkpoint = TinyCheckpoint.Of("t5", "t5_unigram", 96);

        CliRun run = (await CliRun.Of("generate", Question, "--model", checkpoint.Model)).Done(3);

        Assert.Contains("the model has tokens 0 to 95; the tokenizer files in the model folder belong to another checkpoint", run.Error, StringComparison.Ordinal);
    }
}
