namespace Mend.Cli.Tests;

/// <summary>`mend consolidate`, and `mend edit --force`, with an editor of the joint method.</summary>
[Collection(TrainedModel.Name)]
public sealed class ConsolidateCommandTests(TrainedModel model)
{
    [Fact]
    public async Task Consolidate_Edits_MakesAVersionThatTheLogNames()
    {
        string editor = await JointFixture.EditorAsync(model), ledger = model.NewLedger();
        (await CliRun.Of("edit", "--edits", model.Test, "--limit", "2", "--force", "--model", model.Model, "--editor", editor, "--ledger", ledger, "--json")).Done();

        CliRun run = (await CliRun.Of("consolidate", "--steps", "2", "--model", model.Model, "--editor", editor, "--ledger", ledger, "--json")).Done();
        CliRun log = (await CliRun.Of("log", "--model", model.Model, "--ledger", ledger)).Done();
        CliRun revert = (await CliRun.Of("revert", "2", "--model", model.Model, "--ledger", ledger, "--json")).Done();

        Assert.Equal(2, run.Json.GetProperty("version").GetInt32());
        Assert.Equal(2, run.Json.GetProperty("edits").GetInt32());
        Assert.Contains("consolidation of 2 edits", log.Out, StringComparison.Ordinal);
        Assert.Contains("(forced)", log.Out, StringComparison.Ordinal);
        Assert.Equal(3, revert.Json.GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Consolidate_NoEdits_SaysThatThereIsNothing()
    {
        string editor = await JointFixture.EditorAsync(model), ledger = model.NewLedger();
        (await CliRun.Of("edit", "--edits", model.Test, "--limit", "1", "--force", "--model", model.Model, "--editor", editor, "--ledger", ledger, "--json")).Done();
        (await CliRun.Of("revert", "1", "--model", model.Model, "--ledger", ledger, "--json")).Done();

        CliRun run = await CliRun.Of("consolidate", "--model", model.Model, "--editor", editor, "--ledger", ledger);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("nothing to consolidate", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--steps", "3", "--method", "joint")]
    [InlineData("--confidence", "0.5", "--method", "mend")]
    public async Task Train_OptionOfTheOtherMethod_IsRefused(string option, string value, string method, string name)
    {
        CliRun run = await CliRun.Of("train", "--model", model.Model, "--train", model.Train, "--out", model.NewFile("none.safetensors"), method, name, option, value);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(option, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }
}
