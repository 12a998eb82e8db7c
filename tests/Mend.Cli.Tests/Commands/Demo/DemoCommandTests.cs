namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class DemoCommandTests(TrainedModel model)
{
    [Fact]
    public async Task Demo_Runs_ShowsFactsLogRevertAndTimes()
    {
        int before = Leftovers();

        CliRun run = (await CliRun.Of(["demo"], host => host with { DemoFolder = model.Demo })).Done();

        foreach (string part in new[] { "rephrase", "unrelated", "Leonhard Euler used to work in -> Geneva", "reverted by 4", "edit 3: commit", "revert" })
        {
            Assert.Contains(part, run.Out, StringComparison.Ordinal);
        }

        Assert.Equal(before, Leftovers());
    }

    [Fact]
    public async Task Demo_Train_TrainsAndUsesTheEditor()
    {
        string editor = model.NewFile("editor.safetensors");

        CliRun run = (await CliRun.Of(
            ["demo", "--train", "--steps", "1", "--out", editor, "--json"], host => host with { DemoFolder = model.Demo })).Done();

        Assert.Equal(1, run.Json.GetProperty("trained").GetProperty("steps").GetInt32());
        Assert.Equal(3, run.Json.GetProperty("facts").GetArrayLength());
        Assert.True(File.Exists(editor));
    }

    [Fact]
    public async Task Demo_NoFiles_SaysToInstallAgain()
    {
        CliRun run = await CliRun.Of(["demo"], host => host with { DemoFolder = Path.Combine(model.Root, "nowhere") });

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Single(run.ErrorLines);
    }

    private static int Leftovers() => Directory.EnumerateDirectories(Path.GetTempPath(), "mend-demo-*").Count();
}
