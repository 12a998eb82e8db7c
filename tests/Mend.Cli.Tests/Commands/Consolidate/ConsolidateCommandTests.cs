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

    /// <summary>More edits in one version than anybody looks at one by one: each is answered by it, or was refused by name.</summary>
    [Fact]
    public async Task Edit_BatchOf125_AnswersEachOrNamesIt()
    {
        string editor = await JointFixture.EditorAsync(model), ledger = model.NewLedger();

        CliRun edit = await CliRun.Of("edit", "--edits", model.Test, "--limit", "125", "--model", model.Model, "--editor", editor, "--ledger", ledger, "--json");
        CliRun seen = (await CliRun.Of("eval", "--edits", model.Test, "--limit", "125", "--model", model.Model, "--editor", editor, "--ledger", ledger, "--json")).Done();

        int rejected = edit.Json.GetProperty("rejected").GetArrayLength();
        Assert.InRange(rejected, 0, 12);
        Assert.Equal(rejected == 0 ? ExitCode.Ok : ExitCode.CheckFailed, edit.ExitCode);
        Assert.Equal(1, seen.Json.GetProperty("version").GetInt64());
        Assert.Equal(125 - rejected, (int)Math.Round(125 * seen.Json.GetProperty("edit_success").GetDouble()));
    }

    [Fact]
    public async Task Consolidate_ConfidenceOfCertainty_IsRefused()
    {
        string editor = await JointFixture.EditorAsync(model);

        CliRun run = await CliRun.Of("consolidate", "--model", model.Model, "--editor", editor, "--ledger", model.NewLedger(), "--confidence", "1");

        Assert.NotEqual(ExitCode.Ok, run.ExitCode);
        Assert.Contains("onfidence", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    /// <summary>The demo's model hardly heeds a shift where a subject ends, so the rows of the answer are taken; asked for, the others are.</summary>
    [Fact]
    public async Task Train_Rows_AreThoseThatTheModelHeeds()
    {
        string[] train = ["train", "--model", model.Model, "--train", model.Train, "--text", JointFixture.Text(model), "--json"];

        CliRun found = (await CliRun.Of([.. train, "--out", model.NewFile("found.safetensors")])).Done();
        CliRun asked = (await CliRun.Of([.. train, "--out", model.NewFile("asked.safetensors"), "--rows", "subject"])).Done();

        Assert.Equal(("answer", 3), (found.Json.GetProperty("rows").GetString(), found.Json.GetProperty("layers").GetArrayLength()));
        Assert.Equal(("subject", 1), (asked.Json.GetProperty("rows").GetString(), asked.Json.GetProperty("layers").GetArrayLength()));
    }

    [Theory]
    [InlineData("--rows", "answer", "--method", "mend")]
    [InlineData("--steps", "3", "--method", "joint")]
    [InlineData("--confidence", "0.5", "--method", "mend")]
    public async Task Train_OptionOfTheOtherMethod_IsRefused(string option, string value, string method, string name)
    {
        CliRun run = await CliRun.Of("train", "--model", model.Model, "--train", model.Train, "--out", model.NewFile("none.safetensors"), method, name, option, value);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(option, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }
}
