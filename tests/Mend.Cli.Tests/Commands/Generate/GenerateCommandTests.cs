namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class GenerateCommandTests(TrainedModel model)
{
    [Fact]
    public async Task Generate_Greedy_WritesTheTextAlone()
    {
        CliRun run = (await CliRun.Of("generate", "The capital of Indonesia is", "--model", model.Model)).Done();

        Assert.Equal("Jakarta.\n", run.Out);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Generate_Json_SaysWhichVersionWasRead()
    {
        CliRun run = (await CliRun.Of("generate", "The capital of Indonesia is", "--model", model.Model, "--json", "--max-tokens", "1")).Done();

        Assert.Equal(" Jakarta", run.Json.GetProperty("text").GetString());
        Assert.Equal(0, run.Json.GetProperty("version").GetInt32());
        Assert.Equal(1, run.Json.GetProperty("tokens").GetInt32());
    }

    [Fact]
    public async Task Generate_SameSeed_GivesTheSameText()
    {
        string[] args = ["generate", "The capital of", "--model", model.Model, "--temperature", "1.5", "--top-p", "0.95", "--seed", "11"];

        CliRun first = (await CliRun.Of(args)).Done(), second = (await CliRun.Of(args)).Done();

        Assert.Equal(first.Out, second.Out);
    }

    [Fact]
    public async Task Generate_MoreThanTheModelHolds_StopsAtItsLength()
    {
        CliRun run = (await CliRun.Of("generate", ".", "--model", model.Model, "--max-tokens", "200", "--temperature", "9", "--json")).Done();

        Assert.InRange(run.Json.GetProperty("tokens").GetInt32(), 1, 64);
    }

    [Fact]
    public async Task Generate_OlderVersion_IsAsItWas()
    {
        string ledger = model.NewLedger();
        (await CliRun.Of("edit", "--edits", model.Test, "--limit", "2", "--model", model.Model, "--ledger", ledger)).Done();

        CliRun run = (await CliRun.Of(
            "generate", "The capital of Indonesia is", "--model", model.Model, "--ledger", ledger, "--version", "0", "--json")).Done();

        Assert.Equal(" Jakarta.", run.Json.GetProperty("text").GetString());
    }
}
