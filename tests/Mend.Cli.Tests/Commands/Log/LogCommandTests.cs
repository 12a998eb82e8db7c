using System.Text.Json;

namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class LogCommandTests(TrainedModel model)
{
    [Fact]
    public async Task Log_NoLedgerYet_SaysHowToBegin()
    {
        CliRun run = (await CliRun.Of("log", "--model", model.Model)).Done();

        Assert.Contains("mend edit", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_OriginOfChanges_IsShown()
    {
        string[] where = ["--model", model.Model, "--ledger", model.NewLedger()];
        (await CliRun.Of(["edit", "The capital of Indonesia is", "Paris", "--author", "ada", "--reason", "it moved", "--source", "ticket 7", .. where])).Done();
        (await CliRun.Of(["revert", "1", "--author", "grace", .. where])).Done();

        CliRun log = (await CliRun.Of(["log", .. where])).Done();
        CliRun json = (await CliRun.Of(["log", "--json", .. where])).Done();
        CliRun tooLong = await CliRun.Of(["revert", "2", "--reason", new string('x', 1001), .. where]);

        Assert.Contains("by ada; it moved; ticket 7", log.Out, StringComparison.Ordinal);
        Assert.Contains("by grace", log.Out, StringComparison.Ordinal);
        JsonElement versions = json.Json.GetProperty("versions");
        Assert.Equal("it moved", versions[0].GetProperty("edits")[0].GetProperty("origin").GetProperty("reason").GetString());
        Assert.Equal("grace", versions[1].GetProperty("origin").GetProperty("author").GetString());
        Assert.Equal(2, tooLong.ExitCode);
        Assert.Contains("--reason has 1001 characters; at most 1000", tooLong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_RevertedRevert_LeavesTheEditInEffect()
    {
        string[] where = ["--model", model.Model, "--ledger", model.NewLedger()];
        (await CliRun.Of(["edit", "The capital of Indonesia is", "Paris", .. where])).Done();
        CliRun revert = (await CliRun.Of(["revert", "1", .. where])).Done();
        CliRun once = (await CliRun.Of(["log", .. where])).Done();
        (await CliRun.Of(["revert", "2", .. where, "--json"])).Done();

        CliRun twice = (await CliRun.Of(["log", .. where, "--json"])).Done();

        Assert.Equal("Reverted 1 as version 2.\n", revert.Out);
        Assert.Contains("The capital of Indonesia is -> Paris", once.Out, StringComparison.Ordinal);
        Assert.Contains("reverted by 2", once.Out, StringComparison.Ordinal);
        JsonElement versions = twice.Json.GetProperty("versions");
        Assert.Equal(JsonValueKind.Null, versions[0].GetProperty("reverted_by").ValueKind);
        Assert.Equal(3, versions[1].GetProperty("reverted_by").GetInt32());
        Assert.Equal("revert", versions[2].GetProperty("kind").GetString());
        Assert.Equal("Paris", versions[0].GetProperty("edits")[0].GetProperty("target").GetString());
    }
}
