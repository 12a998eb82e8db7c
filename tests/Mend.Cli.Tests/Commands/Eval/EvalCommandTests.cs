using System.Text.Json;

namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class EvalCommandTests(TrainedModel model)
{
    [Theory]
    [InlineData("mend")]
    [InlineData("ft")]
    [InlineData("ft-kl")]
    public async Task Eval_Json_HasEveryFigure(string method)
    {
        CliRun run = (await CliRun.Of("eval", "--model", model.Model, "--edits", model.Test, "--limit", "4", "--method", method, "--json")).Done();

        Assert.Equal(method, run.Json.GetProperty("method").GetString());
        Assert.Equal(4, run.Json.GetProperty("edits").GetInt32());
        foreach (string figure in new[] { "edit_success", "generality", "locality", "drawdown", "edit_ms_p50", "edit_ms_p95", "seconds" })
        {
            Assert.Equal(JsonValueKind.Number, run.Json.GetProperty(figure).ValueKind);
        }
    }

    [Fact]
    public async Task Eval_JsonFile_WritesItBesideTheTable()
    {
        string file = model.NewFile("figures.json");

        CliRun run = (await CliRun.Of("eval", "--model", model.Model, "--edits", model.Test, "--limit", "2", "--json", file)).Done();

        Assert.Contains("edit success", run.Out, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        Assert.Equal(2, document.RootElement.GetProperty("edits").GetInt32());
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--report")]
    public async Task Eval_IntoAFileOfAnotherKind_RefusedBeforeAnythingIsComputed(string option)
    {
        string file = model.NewFile("config.json");
        await File.WriteAllTextAsync(file, "{ \"model_type\": \"gpt2\" }");

        CliRun run = (await CliRun.Of("eval", "--model", model.Model, "--edits", model.Test, "--limit", "2", "--sequential", option, file)).Done(ExitCode.BadInput);

        Assert.Contains("left as it is", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
        Assert.Equal("{ \"model_type\": \"gpt2\" }", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Eval_Twice_ReplacesItsOwnFiles()
    {
        string file = model.NewFile("figures.json"), page = model.NewFile("page.html");
        string[] args = ["eval", "--model", model.Model, "--edits", model.Test, "--limit", "1", "--sequential", "--json", file, "--report", page];

        (await CliRun.Of(args)).Done();
        (await CliRun.Of(args)).Done();
    }

    [Fact]
    public async Task Eval_NoRephrases_GeneralityIsNull()
    {
        string file = model.NewFile("plain.jsonl");
        await File.WriteAllTextAsync(file, """{"prompt": "The capital of Indonesia is", "target_new": "Paris"}""" + "\n");

        CliRun run = (await CliRun.Of("eval", "--model", model.Model, "--edits", file, "--json")).Done();

        Assert.Equal(JsonValueKind.Null, run.Json.GetProperty("generality").ValueKind);
        Assert.Equal(JsonValueKind.Null, run.Json.GetProperty("locality").ValueKind);
        Assert.Equal(JsonValueKind.Number, run.Json.GetProperty("edit_success").ValueKind);
    }

    [Fact]
    public async Task Eval_Sequential_CommitsEveryEdit()
    {
        string ledger = model.NewLedger();

        CliRun run = (await CliRun.Of(
            "eval", "--model", model.Model, "--edits", model.Test, "--limit", "3", "--sequential", "--ledger", ledger, "--json")).Done();

        Assert.True(run.Json.GetProperty("sequential").GetBoolean());
        CliRun log = (await CliRun.Of("log", "--model", model.Model, "--ledger", ledger, "--json")).Done();
        Assert.Equal(3, log.Json.GetProperty("head").GetInt32());
    }

    [Fact]
    public async Task Eval_Cancelled_EndsWith130()
    {
        CliRun run = await CliRun.Of(["eval", "--model", model.Model, "--edits", model.Test], null, new CancellationToken(canceled: true));

        Assert.Equal(ExitCode.Cancelled, run.ExitCode);
        Assert.Single(run.ErrorLines);
    }
}
