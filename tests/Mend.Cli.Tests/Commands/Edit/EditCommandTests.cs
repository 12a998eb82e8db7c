using System.Text.Json;

namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class EditCommandTests(TrainedModel model)
{
    private const string Prompt = "The capital of Indonesia is";

    [Fact]
    public async Task Edit_ForPeople_ShowsBeforeAfterVersionAndTimes()
    {
        string ledger = model.NewLedger();

        CliRun run = (await CliRun.Of("edit", Prompt, "Paris", "--model", model.Model, "--ledger", ledger, "--also", "Leonhard Euler used to work in")).Done();

        Assert.Contains("Jakarta.", run.Out, StringComparison.Ordinal);
        Assert.Contains("Berlin.", run.Out, StringComparison.Ordinal);
        Assert.Contains("Committed as version 1", run.Out, StringComparison.Ordinal);
        Assert.Contains("gradient", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Out);
    }

    [Fact]
    public async Task Edit_SameKeyTwice_CommitsOnce()
    {
        string[] args = ["edit", Prompt, "Paris", "--model", model.Model, "--ledger", model.NewLedger(), "--key", "order-7", "--json"];

        CliRun first = (await CliRun.Of(args)).Done(), second = (await CliRun.Of(args)).Done();

        Assert.False(first.Json.GetProperty("already_committed").GetBoolean());
        Assert.True(second.Json.GetProperty("already_committed").GetBoolean());
        Assert.Equal(1, second.Json.GetProperty("version").GetInt32());
        JsonElement row = first.Json.GetProperty("prompts")[0];
        Assert.Equal("edit", row.GetProperty("kind").GetString());
        Assert.True(row.GetProperty("probability_after").GetDouble() > row.GetProperty("probability_before").GetDouble());
        Assert.True(first.Json.GetProperty("stages_ms").GetProperty("commit").GetDouble() > 0);
    }

    [Fact]
    public async Task Edit_KeyOfAnotherRequest_IsRefused()
    {
        string ledger = model.NewLedger();
        (await CliRun.Of("edit", Prompt, "Paris", "--model", model.Model, "--ledger", ledger, "--key", "k")).Done();

        CliRun run = await CliRun.Of("edit", Prompt, "Rome", "--model", model.Model, "--ledger", ledger, "--key", "k");

        Assert.Equal(ExitCode.Ledger, run.ExitCode);
        Assert.Single(run.ErrorLines);
    }

    [Fact]
    public async Task Edit_File_CommitsAllAsOneVersion()
    {
        string ledger = model.NewLedger();

        CliRun run = (await CliRun.Of("edit", "--edits", model.Test, "--limit", "3", "--model", model.Model, "--ledger", ledger, "--json")).Done();

        Assert.Equal(1, run.Json.GetProperty("version").GetInt32());
        Assert.Equal(3, run.Json.GetProperty("prompts").GetArrayLength());
    }

    [Fact]
    public async Task Edit_NoLedgerNamed_KeepsVersionsBesideTheModel()
    {
        string folder = model.Model + ".ledger";
        try
        {
            (await CliRun.Of("edit", Prompt, "Paris", "--model", model.Model)).Done();

            Assert.True(Directory.Exists(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Edit_AnyNumberOfShards_GivesTheSameProbabilities()
    {
        List<double> after = [];
        foreach (string shards in new[] { "1", "3" })
        {
            CliRun run = (await CliRun.Of("edit", Prompt, "Paris", "--model", model.Model, "--ledger", model.NewLedger(), "--shards", shards, "--json")).Done();
            after.Add(run.Json.GetProperty("prompts")[0].GetProperty("probability_after").GetDouble());
        }

        Assert.Equal(after[0], after[1]);
    }

    [Fact]
    public async Task Edit_Cancelled_CommitsNothing()
    {
        string ledger = model.NewLedger();
        (await CliRun.Of("edit", Prompt, "Paris", "--model", model.Model, "--ledger", ledger)).Done();

        CliRun run = await CliRun.Of(
            ["edit", Prompt, "Rome", "--model", model.Model, "--ledger", ledger], null, new CancellationToken(canceled: true));

        Assert.Equal(ExitCode.Cancelled, run.ExitCode);
        CliRun log = (await CliRun.Of("log", "--model", model.Model, "--ledger", ledger, "--json")).Done();
        Assert.Equal(1, log.Json.GetProperty("head").GetInt32());
    }
}
