namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class PreviewCommandTests(TrainedModel model)
{
    [Fact]
    public async Task Preview_NoLedger_CommitsNothing()
    {
        CliRun run = (await CliRun.Of("preview", "The capital of Indonesia is", "Paris", "--model", model.Model)).Done();

        Assert.Contains("nothing was committed", run.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(model.Model + ".ledger"));
    }

    [Fact]
    public async Task Preview_ThenEdit_PromisesWhatTheEditDoes()
    {
        string[] args = ["The capital of Indonesia is", "Paris", "--model", model.Model, "--json"];

        CliRun preview = (await CliRun.Of(["preview", .. args])).Done();
        CliRun edit = (await CliRun.Of(["edit", .. args, "--ledger", model.NewLedger()])).Done();

        Assert.Equal(
            preview.Json.GetProperty("prompts")[0].GetProperty("after").GetString(), edit.Json.GetProperty("prompts")[0].GetProperty("after").GetString());
        Assert.False(preview.Json.GetProperty("committed").GetBoolean());
    }
}
