namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class ExportCommandTests(TrainedModel model)
{
    private const string Prompt = "The capital of Indonesia is";

    [Fact]
    public async Task Export_EditedVersion_IsAModelThatSaysTheSame()
    {
        string ledger = model.NewLedger(), folder = model.NewFile("exported");
        CliRun edit = (await CliRun.Of("edit", Prompt, "Paris", "--model", model.Model, "--ledger", ledger, "--json")).Done();

        CliRun run = (await CliRun.Of("export", "--model", model.Model, "--ledger", ledger, "--out", folder, "--f32", "--json")).Done();

        CliRun generated = (await CliRun.Of("generate", Prompt, "--model", folder, "--max-tokens", "8")).Done();
        Assert.Equal(edit.Json.GetProperty("prompts")[0].GetProperty("after").GetString(), generated.Out.TrimEnd());
        Assert.Equal("f32", run.Json.GetProperty("tensors")[0].GetProperty("type").GetString());
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Export_BaseVersion_IsACopy()
    {
        string ledger = model.NewLedger(), folder = model.NewFile("exported");
        (await CliRun.Of("edit", Prompt, "Paris", "--model", model.Model, "--ledger", ledger)).Done();

        (await CliRun.Of("export", "--model", model.Model, "--ledger", ledger, "--out", folder, "--version", "0")).Done();

        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(model.Model, "model.safetensors")), await File.ReadAllBytesAsync(Path.Combine(folder, "model.safetensors")));
    }

    [Fact]
    public async Task Export_FolderExists_WritesNothing()
    {
        string ledger = model.NewLedger();
        (await CliRun.Of("edit", Prompt, "Paris", "--model", model.Model, "--ledger", ledger)).Done();

        CliRun run = await CliRun.Of("export", "--model", model.Model, "--ledger", ledger, "--out", model.Demo);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Single(run.ErrorLines);
    }
}
