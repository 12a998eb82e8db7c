using System.Text.Json;

namespace Mend.Cli.Tests.Tasks;

/// <summary>A classifier through the commands: train, eval, generate, edit, revert, export, with FEVER's published shape.</summary>
public sealed class FactCheckingTests : IDisposable
{
    private const string Claim = "The king is a city.";

    private readonly TinyCheckpoint _checkpoint = TinyCheckpoint.Of("bert_classifier", "bert_wordpiece", 900);

    private string Editor => Path.Combine(_checkpoint.Root, "editor.safetensors");

    private string Ledger => Path.Combine(_checkpoint.Root, "ledger");

    private string Fever => _checkpoint.Write("fever.jsonl", [.. Enumerable.Range(0, 6).Select(i =>
        $$"""{"id": "c{{i}}", "input": "The {{Words[i]}} is a {{Words[i + 1]}}.", "output": [{"answer": "SUPPORTS"}], "prediction": "SUPPORTS", "alternatives": ["{{(i % 2 == 0 ? "REFUTES" : "SUPPORTS")}}"], "filtered_rephrases": ["The {{Words[i]}} was a {{Words[i + 1]}}."]}""")]);

    private static string[] Words { get; } = ["river", "king", "city", "moon", "garden", "school", "house"];

    public void Dispose() => _checkpoint.Dispose();

    [Fact]
    public async Task Classifier_EveryCommand_WorksOnTrueAndFalse()
    {
        string model = _checkpoint.Model;
        (await CliRun.Of("train", "--model", model, "--train", Fever, "--out", Editor, "--steps", "80", "--rank", "16", "--rate", "0.01", "--quiet")).Done();
        JsonElement before = await Judge();
        string other = before.GetProperty("text").GetString() == "true" ? "false" : "true";

        CliRun eval = (await CliRun.Of("eval", "--model", model, "--editor", Editor, "--edits", Fever, "--json")).Done();
        (await CliRun.Of("edit", Claim, other.ToUpperInvariant(), "--model", model, "--editor", Editor, "--ledger", Ledger, "--shards", "2")).Done();
        JsonElement after = await Judge("--ledger", Ledger);
        string exported = Path.Combine(_checkpoint.Root, "exported");
        (await CliRun.Of("export", "--model", model, "--ledger", Ledger, "--out", exported)).Done();
        JsonElement written = (await CliRun.Of("generate", Claim, "--model", exported, "--json")).Done().Json;
        (await CliRun.Of("revert", "1", "--model", model, "--ledger", Ledger)).Done();
        JsonElement reverted = await Judge("--ledger", Ledger);

        Assert.InRange(eval.Json.GetProperty("edit_success").GetDouble(), 0.8, 1);
        Assert.InRange(before.GetProperty("probability").GetDouble(), 0.5, 1);
        Assert.Equal((other, 1), (after.GetProperty("text").GetString(), after.GetProperty("version").GetInt32()));
        Assert.InRange(after.GetProperty("probability").GetDouble(), 0.7, 1);
        Assert.Equal(after.GetProperty("probability").GetDouble(), written.GetProperty("probability").GetDouble(), 1e-4);
        Assert.Equal(before.GetProperty("probability").GetDouble(), reverted.GetProperty("probability").GetDouble());
    }

    [Fact]
    public async Task Train_AnswerThatIsNeitherTrueNorFalse_NamesTheRecord()
    {
        string data = _checkpoint.Write("zsre.jsonl", """{"id": "z7", "input": "Who built it?", "output": [{"answer": "moon"}], "prediction": "x", "alternatives": ["Oslo"], "filtered_rephrases": ["By whom was it built?"]}""");

        CliRun run = (await CliRun.Of("train", "--model", _checkpoint.Model, "--train", data, "--out", Editor, "--steps", "1", "--quiet")).Done(3);

        Assert.Contains("Record 'z7' cannot be used: An answer of a classifier is true or false", run.Error, StringComparison.Ordinal);
    }

    private async Task<JsonElement> Judge(params string[] more) =>
        (await CliRun.Of(["generate", Claim, "--model", _checkpoint.Model, "--json", .. more])).Done().Json;
}
