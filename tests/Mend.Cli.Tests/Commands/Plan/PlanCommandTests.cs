using System.Text.Json;
using Mend.Tensors;

namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class PlanCommandTests(TrainedModel model)
{
    [Fact]
    public async Task Plan_ConfigurationAlone_IsEnough()
    {
        CliRun run = (await CliRun.Of("plan", "--model", Path.Combine(model.Model, "config.json"), "--shards", "3", "--json")).Done();

        Assert.False(run.Json.GetProperty("from_weights").GetBoolean());
        Assert.Equal(5_804_032, run.Json.GetProperty("parameters").GetInt64());
        Assert.Equal(3, run.Json.GetProperty("shards").GetArrayLength());
        Assert.Equal(2 * 64 * 256 * 4, run.Json.GetProperty("wire_bytes_forward").GetInt64());
    }

    [Fact]
    public async Task Plan_Weights_CountsTheirBytes()
    {
        CliRun run = (await CliRun.Of("plan", "--model", model.Model, "--json")).Done();

        JsonElement shard = Assert.Single(run.Json.GetProperty("shards").EnumerateArray());
        Assert.Equal(2 * 5_804_032, shard.GetProperty("weight_bytes_by_type").GetProperty("bf16").GetInt64());
        Assert.Equal(JsonValueKind.Null, run.Json.GetProperty("fits").ValueKind);
    }

    [Fact]
    public async Task Plan_EditorSize_IsTheTrainedEditors()
    {
        string[] layers = ["--layers", "transformer.h.4.mlp.*", "--rank", "8"];
        string editor = model.NewFile("e.safetensors");
        (await CliRun.Of(["train", "--method", "mend", "--model", model.Model, "--train", model.Train, "--out", editor, "--steps", "1", .. layers])).Done();

        CliRun plan = (await CliRun.Of(["plan", "--model", model.Model, .. layers, "--json"])).Done();

        using SafetensorsFile file = SafetensorsFile.Open(editor);
        Assert.Equal(
            file.Tensors.Values.Where(t => t.Type == DType.F32).Sum(t => t.Shape.Length), plan.Json.GetProperty("editor_parameters").GetInt64());
    }

    [Theory]
    [InlineData("1GB", 0, "Every shard fits")]
    [InlineData("1MB", 1, "Not every shard fits")]
    public async Task Plan_DeviceMemory_SaysWhetherItFits(string memory, int exitCode, string text)
    {
        CliRun run = (await CliRun.Of("plan", "--model", model.Model, "--device-memory", memory)).Done(exitCode);

        Assert.Contains(text, run.Out, StringComparison.Ordinal);
    }
}
