using System.Text.Json;

namespace Mend.Cli.Tests;

/// <summary>`mend eval --sequential` measures what the same `mend edit`s do, and an editor of the joint method through the commands.</summary>
[Collection(TrainedModel.Name)]
public sealed class EvalSequentialTests(TrainedModel model)
{
    private const int Count = 20;

    [Fact]
    public async Task Sequential_Records_HaveTheFiguresOfTheSameEdits()
    {
        string editor = await JointFixture.EditorAsync(model), ledger = model.NewLedger();
        string[] records = [.. File.ReadLines(model.Test).Take(Count)];

        CliRun eval = (await CliRun.Of(
            "eval", "--model", model.Model, "--editor", editor, "--edits", model.Test, "--limit", $"{Count}", "--sequential", "--checkpoints", "2", "--json")).Done();
        foreach (string record in records)
        {
            JsonElement fields = JsonDocument.Parse(record).RootElement;
            CliRun edit = await CliRun.Of(
                "edit", fields.GetProperty("prompt").GetString()!, fields.GetProperty("target_new").GetString()!, "--subject", fields.GetProperty("subject").GetString()!,
                "--model", model.Model, "--editor", editor, "--ledger", ledger, "--json");
            Assert.True(edit.ExitCode is ExitCode.Ok or ExitCode.CheckFailed, edit.Error);
        }

        CliRun after = (await CliRun.Of("log", "--model", model.Model, "--ledger", ledger, "--json")).Done();
        CliRun seen = (await CliRun.Of("eval", "--model", model.Model, "--editor", editor, "--edits", model.Test, "--limit", $"{Count}", "--ledger", ledger, "--json")).Done();
        JsonElement[] checkpoints = [.. eval.Json.GetProperty("checkpoints").EnumerateArray()];
        Assert.Equal([1, 2, 10, Count], checkpoints.Select(c => c.GetProperty("edits").GetInt32()));
        Assert.Equal("joint", eval.Json.GetProperty("method").GetString());
        Assert.Equal(Count - checkpoints[^1].GetProperty("rejected").GetInt32(), after.Json.GetProperty("head").GetInt32());
        foreach (string figure in new[] { "edit_success", "generality", "locality" })
        {
            Assert.Equal(seen.Json.GetProperty(figure).GetDouble(), checkpoints[^1].GetProperty(figure).GetDouble());
            Assert.Equal(eval.Json.GetProperty(figure).GetDouble(), checkpoints[^1].GetProperty(figure).GetDouble());
        }

        string first = JsonDocument.Parse(records[0]).RootElement.GetProperty("target_new").GetString()!;
        JsonElement answer = (await CliRun.Of("generate", JsonDocument.Parse(records[0]).RootElement.GetProperty("prompt").GetString()!, "--model", model.Model, "--ledger", ledger, "--max-tokens", "8", "--json")).Done().Json;
        Assert.StartsWith(first, answer.GetProperty("text").GetString()!.TrimStart(), StringComparison.Ordinal);
        Assert.InRange(seen.Json.GetProperty("edit_success").GetDouble(), 0.9, 1);
    }

    [Fact]
    public async Task Sequential_Json_HasEveryFigureAndTheReportIsAPage()
    {
        string editor = await JointFixture.EditorAsync(model), page = model.NewFile("report.html");

        CliRun eval = (await CliRun.Of(
            "eval", "--model", model.Model, "--editor", editor, "--edits", model.Test, "--limit", "3", "--sequential", "--batch", "2", "--text", JointFixture.Text(model), "--report", page, "--json")).Done();

        JsonElement[] checkpoints = [.. eval.Json.GetProperty("checkpoints").EnumerateArray()];
        Assert.Equal([1, 3], checkpoints.Select(c => c.GetProperty("edits").GetInt32()));
        foreach (string figure in new[] { "edit_success", "generality", "locality", "perplexity_ratio", "retention_first_100", "seconds_per_edit", "generated_success" })
        {
            Assert.All(checkpoints, c => Assert.Equal(JsonValueKind.Number, c.GetProperty(figure).ValueKind));
        }

        Assert.NotEmpty(checkpoints[^1].GetProperty("weight_change").EnumerateObject());
        Assert.All(checkpoints[^1].GetProperty("weight_change").EnumerateObject(), l => Assert.InRange(l.Value.GetDouble(), 1e-6, 10));
        Assert.InRange(checkpoints[^1].GetProperty("perplexity_ratio").GetDouble(), 0.5, 2);
        string html = await File.ReadAllTextAsync(page);
        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
        Assert.Equal(4, html.Split("<svg").Length - 1);
        Assert.Equal(3, html.Split("<tr>").Length - 1);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
    }

    /// <summary>A ledger's newest version is measured as it stands: the same figures as when its edits were committed, and no version more.</summary>
    [Fact]
    public async Task Eval_LedgerAlone_MeasuresItsNewestVersion()
    {
        string editor = await JointFixture.EditorAsync(model), ledger = model.NewLedger();
        CliRun made = (await CliRun.Of("eval", "--model", model.Model, "--editor", editor, "--edits", model.Test, "--limit", "3", "--sequential", "--ledger", ledger, "--json")).Done();

        CliRun seen = (await CliRun.Of("eval", "--model", model.Model, "--editor", editor, "--edits", model.Test, "--limit", "3", "--ledger", ledger, "--json")).Done();
        CliRun log = (await CliRun.Of("log", "--model", model.Model, "--ledger", ledger, "--json")).Done();

        foreach (string figure in new[] { "edit_success", "generality", "locality" })
        {
            Assert.Equal(made.Json.GetProperty(figure).GetDouble(), seen.Json.GetProperty(figure).GetDouble());
        }

        Assert.Equal(log.Json.GetProperty("head").GetInt64(), seen.Json.GetProperty("version").GetInt64());
        Assert.False(seen.Json.GetProperty("sequential").GetBoolean());
        Assert.Equal(ExitCode.Usage, (await CliRun.Of("eval", "--model", model.Model, "--edits", model.Test, "--method", "ft", "--ledger", ledger)).ExitCode);
    }

    [Fact]
    public async Task Eval_WithoutMethod_IsWhatTheEditorIs()
    {
        string editor = await JointFixture.EditorAsync(model);

        CliRun joint = (await CliRun.Of("eval", "--model", model.Model, "--editor", editor, "--edits", model.Test, "--limit", "2", "--text", JointFixture.Text(model), "--json")).Done();
        CliRun networks = (await CliRun.Of("eval", "--model", model.Model, "--edits", model.Test, "--limit", "2", "--json")).Done();
        CliRun other = await CliRun.Of("eval", "--model", model.Model, "--editor", editor, "--edits", model.Test, "--limit", "2", "--method", "mend");

        Assert.Equal(("joint", "mend"), (joint.Json.GetProperty("method").GetString(), networks.Json.GetProperty("method").GetString()));
        Assert.Equal(JsonValueKind.Number, joint.Json.GetProperty("perplexity_ratio").ValueKind);
        Assert.Equal(JsonValueKind.Null, networks.Json.GetProperty("perplexity_ratio").ValueKind);
        Assert.Equal(ExitCode.BadInput, other.ExitCode);
        Assert.Contains("editor of the joint method", Assert.Single(other.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ft", ExitCode.Usage, "--sequential")]
    [InlineData("ft-kl", ExitCode.Usage, "--sequential")]
    public async Task Sequential_FineTuning_IsRefused(string method, int code, string part)
    {
        CliRun run = await CliRun.Of("eval", "--model", model.Model, "--edits", model.Test, "--limit", "2", "--sequential", "--method", method);

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(part, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Eval_TextThatIsNotThere_NamesTheFile()
    {
        CliRun run = await CliRun.Of("eval", "--model", model.Model, "--edits", model.Test, "--limit", "1", "--text", "nowhere.txt");

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("nowhere.txt", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_SubjectThatDoesNotStandInThePrompt_IsRefused()
    {
        CliRun run = await CliRun.Of(
            "edit", "The capital of Indonesia is", "Paris", "--subject", "India", "--model", model.Model, "--editor", await JointFixture.EditorAsync(model), "--ledger", model.NewLedger());

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("does not stand in its prompt", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_RephraseWithNetworks_SaysWhichEditorTakesIt()
    {
        CliRun run = await CliRun.Of("edit", "The capital of Indonesia is", "Paris", "--rephrase", "Indonesia's capital is", "--model", model.Model, "--ledger", model.NewLedger());

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("--method joint", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }
}
