using System.Text.Json;

namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class RecoverCommandTests(TrainedModel model)
{
    [Fact]
    public async Task Recover_EntryCutShort_SaysWhatIsLostAndWithYesGoesOn()
    {
        string ledger = model.NewLedger();
        string[] where = ["--model", model.Model, "--ledger", ledger];
        (await CliRun.Of(["edit", "The capital of Indonesia is", "Paris", .. where])).Done();
        (await CliRun.Of(["edit", "The capital of Malta is", "Oslo", "--key", "mine", .. where])).Done();
        (await CliRun.Of(["revert", "1", .. where])).Done();
        Assert.Contains("whole, up to version 3", (await CliRun.Of(["recover", .. where])).Done().Out, StringComparison.Ordinal);
        string second = Directory.GetFiles(Path.Combine(ledger, "entries")).Order().ElementAt(1);
        await File.WriteAllTextAsync(second, (await File.ReadAllTextAsync(second))[..50]);
        CliRun damaged = (await CliRun.Of(["log", .. where])).Done(4);

        CliRun looked = (await CliRun.Of(["recover", .. where])).Done(1);
        (await CliRun.Of(["log", .. where])).Done(4);
        CliRun gaveUp = (await CliRun.Of(["recover", "--yes", "--json", .. where])).Done();

        Assert.Contains("mend recover", damaged.Error, StringComparison.Ordinal);
        Assert.Contains("whole up to version 1", looked.Out, StringComparison.Ordinal);
        Assert.Contains("(cannot be read)", looked.Out, StringComparison.Ordinal);
        Assert.Contains("revert of 1", looked.Out, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed", looked.Out, StringComparison.Ordinal);
        Assert.Equal((1, 2), (gaveUp.Json.GetProperty("whole").GetInt32(), gaveUp.Json.GetProperty("lost").GetArrayLength()));
        Assert.Equal(2, Directory.GetFiles(gaveUp.Json.GetProperty("kept_at").GetString()!).Length);
        JsonElement versions = (await CliRun.Of(["log", "--json", .. where])).Done().Json.GetProperty("versions");
        Assert.Equal(1, versions.GetArrayLength());
        (await CliRun.Of(["edit", "The capital of Malta is", "Oslo", "--key", "mine", .. where])).Done();
    }

    [Fact]
    public async Task Recover_NoLedger_SaysSo() =>
        Assert.Contains("There is no ledger", (await CliRun.Of(["recover", "--model", model.Model, "--ledger", model.NewLedger()])).Done(4).Error, StringComparison.Ordinal);
}
