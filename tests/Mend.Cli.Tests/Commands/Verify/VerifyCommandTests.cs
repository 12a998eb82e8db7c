using Mend.Tensors;

namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class VerifyCommandTests(TrainedModel model)
{
    private static string Expected => Path.Combine(ModelFixtures.Folder("gpt2"), "expected.safetensors");

    [Fact]
    public async Task Verify_AnyNumberOfShards_PassesWithTheSameDigest()
    {
        List<string?> digests = [];
        foreach (string shards in new[] { "1", "2", "4" })
        {
            CliRun run = (await CliRun.Of("verify", "--model", ModelFixtures.Folder("gpt2"), "--expected", Expected, "--shards", shards, "--json")).Done();
            Assert.True(run.Json.GetProperty("passed").GetBoolean());
            digests.Add(run.Json.GetProperty("digest").GetString());
        }

        Assert.Single(digests.Distinct());
    }

    [Fact]
    public async Task Verify_ForPeople_ShowsTheWorstOfEveryKind()
    {
        CliRun run = (await CliRun.Of("verify", "--model", ModelFixtures.Folder("gpt2"), "--expected", Expected)).Done();

        Assert.Contains("base logits", run.Out, StringComparison.Ordinal);
        Assert.Contains("tensors are within tolerance.", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Out);
    }

    [Fact]
    public async Task Verify_OtherValues_FailsAndNamesTheTensor()
    {
        string file = model.NewFile("expected.safetensors");
        using (SafetensorsFile recorded = SafetensorsFile.Open(Expected))
        {
            const string Changed = "base/loc/logits";
            float[] values = recorded.Get(Changed).ToFloats();
            values[7] += 0.5f;
            SafetensorsWriter.Write(file, recorded.Tensors.Values.Select(t =>
                t.Name == Changed ? TensorData.FromFloats(t.Name, t.Shape, values) : TensorData.FromStored(t)));
        }

        File.Copy(Path.Combine(ModelFixtures.Folder("gpt2"), "meta.json"), Path.Combine(Path.GetDirectoryName(file)!, "meta.json"));

        CliRun run = await CliRun.Of("verify", "--model", ModelFixtures.Folder("gpt2"), "--expected", file);

        run.Done(ExitCode.CheckFailed);
        Assert.Contains("base/loc/logits", run.Out, StringComparison.Ordinal);
        Assert.Contains("1 of ", run.Out, StringComparison.Ordinal);
    }
}
