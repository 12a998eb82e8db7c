using System.Text.Json;

namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class DoctorCommandTests(TrainedModel model)
{
    [Fact]
    public async Task Doctor_ModelWithEditorAndVersions_FindsThemAll()
    {
        string[] where = ["--model", model.Model, "--ledger", model.NewLedger()];
        (await CliRun.Of(["edit", "The capital of Indonesia is", "Paris", .. where])).Done();

        CliRun run = (await CliRun.Of(["doctor", .. where, "--json"])).Done();

        Dictionary<string, JsonElement> found = run.Json.GetProperty("findings").EnumerateArray().ToDictionary(f => f.GetProperty("part").GetString()!);
        Assert.True(run.Json.GetProperty("usable").GetBoolean());
        Assert.All(found.Values, f => Assert.Equal("good", f.GetProperty("state").GetString()));
        Assert.Contains("version 1", found["ledger"].GetProperty("found").GetString(), StringComparison.Ordinal);
        Assert.Contains("tokenizer", found["fingerprint"].GetProperty("found").GetString(), StringComparison.Ordinal);
        Assert.Contains(found.Keys, part => part.StartsWith("editor ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Doctor_NoLedgerYet_SaysHowToBegin()
    {
        CliRun run = (await CliRun.Of("doctor", "--model", model.Model)).Done();

        Assert.Contains("mend edit", run.Out, StringComparison.Ordinal);
        Assert.Contains("can be used", run.Out, StringComparison.Ordinal);
        Assert.Contains("none: a base model", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ messages[0].content }}", "good", "default")]
    [InlineData("{% if %}", "bad", "chat template")]
    public async Task Doctor_ChatTemplate_IsFound(string template, string state, string part)
    {
        await InACopyAsync(async folder =>
        {
            File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), template);

            JsonElement finding = await FindingAsync(folder, "chat template");

            Assert.Equal(state, finding.GetProperty("state").GetString());
            Assert.Contains(part, finding.GetProperty("found").GetString(), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Doctor_WeightsThatAreNoNumbers_NamesATensor() => await InACopyAsync(async folder =>
    {
        string file = Path.Combine(folder, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        bytes.AsSpan(bytes.Length - 4).Fill(0xFF);
        File.WriteAllBytes(file, bytes);

        JsonElement finding = await FindingAsync(folder, "weights");
        CliRun[] runs =
        [
            await CliRun.Of("generate", "The capital of Indonesia is", "--model", folder),
            await CliRun.Of("train", "--model", folder, "--train", model.Train, "--out", Path.Combine(folder, "e.safetensors"), "--steps", "2", "--rank", "8", "--quiet"),
        ];

        Assert.Equal("bad", finding.GetProperty("state").GetString());
        Assert.Contains("1 of ", finding.GetProperty("found").GetString(), StringComparison.Ordinal);
        Assert.All(runs, run => Assert.Equal(ExitCode.BadInput, run.ExitCode));
        Assert.All(runs, run => Assert.Contains($"'{folder}': What the model computes is not a number", run.Error, StringComparison.Ordinal));
    });

    [Fact]
    public async Task Doctor_DamagedWeights_SaysSoAndLooksAtTheRest()
    {
        string folder = Directory.CreateTempSubdirectory("mend-doctor-").FullName;
        try
        {
            foreach (string file in Directory.EnumerateFiles(model.Model, "*.*").Where(f => Path.GetExtension(f) is ".json" or ".txt"))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            File.WriteAllText(Path.Combine(folder, "model.safetensors"), "not weights");

            CliRun run = await CliRun.Of("doctor", "--model", folder, "--json");

            Assert.Equal(ExitCode.CheckFailed, run.ExitCode);
            Dictionary<string, string> states = run.Json.GetProperty("findings").EnumerateArray()
                .ToDictionary(f => f.GetProperty("part").GetString()!, f => f.GetProperty("state").GetString()!);
            Assert.Equal("good", states["family"]);
            Assert.Equal("bad", states["weights"]);
            Assert.Equal("good", states["tokenizer"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<JsonElement> FindingAsync(string folder, string part) => (await CliRun.Of("doctor", "--model", folder, "--json")).Json
        .GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("part").GetString() == part);

    private async Task InACopyAsync(Func<string, Task> test)
    {
        string folder = Directory.CreateTempSubdirectory("mend-doctor-").FullName;
        try
        {
            foreach (string file in Directory.EnumerateFiles(model.Model).Where(f => f != model.Editor))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            await test(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
