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
