using System.Text.Json;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Cli.Tests.Tasks;

/// <summary>A GGUF file through the commands, with editor and ledger beside it where none is named.</summary>
public sealed class GgufTests : IDisposable
{
    private const string Prompt = "the cat";

    private readonly TemporaryFolder _folder = new();

    public GgufTests() => File.Copy(GgufCases.Path("q8_0"), Model);

    private string Model => _folder["model.gguf"];

    private string OwnEditor => Model + ".mend-editor.safetensors";

    private string Edits => Write("edits.jsonl", [.. Enumerable.Range(0, 6).Select(i =>
        $$"""{"prompt": "the {{Words[i]}}", "target_new": "{{Words[i + 1]}}", "rephrases": ["a {{Words[i]}}"], "locality": [{"prompt": "one {{Words[i]}}", "target": "two"}]}""")]);

    private static string[] Words { get; } = ["cat", "dog", "sun", "moon", "tree", "house", "river"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Gguf_EveryCommand_FindsEditorAndLedgerBesideTheFile()
    {
        await TrainAsync();
        CliRun edit = (await CliRun.Of("edit", Prompt, "dog", "--model", Model, "--json")).Done();
        string after = edit.Json.GetProperty("prompts")[0].GetProperty("after").GetString()!;
        CliRun log = (await CliRun.Of("log", "--model", Model, "--json")).Done();
        CliRun doctor = (await CliRun.Of("doctor", "--model", Model)).Done();
        string generated = await GenerateAsync(Model);
        string exported = _folder["edited.gguf"], folder = _folder["edited"];
        CliRun export = (await CliRun.Of("export", "--model", Model, "--out", exported, "--f32", "--json")).Done();
        CliRun converted = (await CliRun.Of("export", "--model", Model, "--out", folder, "--format", "safetensors", "--f32", "--json")).Done();
        (string fromFile, string fromFolder) = (await GenerateAsync(exported), await GenerateAsync(folder));
        (await CliRun.Of("revert", "1", "--model", Model)).Done();

        Assert.Equal(Model + ".ledger", edit.Json.GetProperty("ledger").GetString());
        Assert.Equal(1, log.Json.GetProperty("versions").GetArrayLength());
        Assert.Contains("mend-editor", doctor.Out, StringComparison.Ordinal);
        Assert.StartsWith(after, generated, StringComparison.Ordinal);
        Assert.Equal((generated, generated), (fromFile, fromFolder));
        Assert.NotEqual(generated, await GenerateAsync(Model));
        Assert.Equal(("gguf", "safetensors"), (export.Json.GetProperty("format").GetString(), converted.Json.GetProperty("format").GetString()));
        Assert.All(export.Json.GetProperty("tensors").EnumerateArray(), t => Assert.Equal("f32", t.GetProperty("type").GetString()));
        Assert.Contains("model.safetensors", Directory.EnumerateFiles(folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Export_WithoutOptions_WritesEditedMatricesInFloat16()
    {
        await TrainAsync();
        (await CliRun.Of("edit", Prompt, "dog", "--model", Model)).Done();
        string exported = _folder["edited.gguf"];

        CliRun export = (await CliRun.Of("export", "--model", Model, "--out", exported)).Done();

        Assert.Contains("f16", export.Out, StringComparison.Ordinal);
        using GgufFile before = GgufFile.Open(Model);
        using GgufFile after = GgufFile.Open(exported);
        Assert.Equal(before.Metadata.Keys, after.Metadata.Keys);
        Assert.All(after.Tensors.Values.Where(t => t.Type != before.Tensors[t.Name].Type), t => Assert.Equal(DType.F16, t.Type));
        Assert.Contains(after.Tensors.Values, t => t.Type == DType.F16);
    }

    [Fact]
    public async Task Export_BaseVersion_NeedsNoLedgerAndIsTheModelAsAFolder()
    {
        string folder = _folder["folder"];

        (await CliRun.Of("export", "--model", Model, "--version", "0", "--format", "safetensors", "--f32", "--out", folder)).Done();
        CliRun newest = (await CliRun.Of("export", "--model", Model, "--out", _folder["x.gguf"])).Done(ExitCode.Ledger);

        Assert.Equal(await GenerateAsync(Model), await GenerateAsync(folder));
        Assert.False(Directory.Exists(Model + ".ledger"));
        Assert.Contains(Model + ".ledger", Assert.Single(newest.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_SplitFile_HasOneLedgerWhicheverPartIsNamed()
    {
        string[] parts = GgufBuilder.Split(Model, _folder["m"], parts: 2);
        string editor = parts[0] + ".mend-editor.safetensors";
        (await CliRun.Of("train", "--model", parts[1], "--train", Edits, "--out", editor, "--steps", "1", "--rank", "4", "--quiet")).Done();

        CliRun first = (await CliRun.Of("edit", Prompt, "dog", "--model", parts[1], "--json")).Done();
        CliRun second = (await CliRun.Of("edit", Prompt, "sun", "--model", parts[0], "--json")).Done();
        CliRun export = (await CliRun.Of("export", "--model", parts[1], "--out", _folder["whole.gguf"], "--f32")).Done();

        Assert.Equal(parts[0] + ".ledger", first.Json.GetProperty("ledger").GetString());
        Assert.Equal(2, second.Json.GetProperty("version").GetInt32());
        Assert.Equal(await GenerateAsync(parts[0]), await GenerateAsync(_folder["whole.gguf"]));
        Assert.Empty(export.Error);
    }

    [Theory]
    [InlineData("ft")]
    [InlineData("ft-kl")]
    public async Task Eval_FineTuning_NeedsNoEditor(string method)
    {
        CliRun run = (await CliRun.Of("eval", "--model", Model, "--edits", Edits, "--limit", "2", "--method", method, "--json")).Done();

        Assert.InRange(run.Json.GetProperty("edit_success").GetDouble(), 0, 1);
    }

    [Fact]
    public async Task Edit_NoEditor_NamesTheFileThatWasLookedFor()
    {
        CliRun run = (await CliRun.Of("edit", Prompt, "dog", "--model", Model)).Done(ExitCode.BadInput);

        Assert.Contains(OwnEditor, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_WhatCannotBeWritten_IsSaidInALine()
    {
        await TrainAsync();
        (await CliRun.Of("edit", Prompt, "dog", "--model", Model)).Done();
        async Task Refused(int code, string words, params string[] options)
        {
            CliRun run = (await CliRun.Of(["export", "--model", Model, .. options])).Done(code);
            Assert.Contains(words, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        }

        await Refused(ExitCode.BadInput, ".gguf", "--out", _folder["edited"]);
        await Refused(ExitCode.BadInput, "exists already", "--out", Model);
        await Refused(ExitCode.BadInput, "exists already", "--out", Path.GetDirectoryName(Model)!, "--format", "safetensors");
        string folder = ModelFixtures.Folder("llama");
        CliRun other = (await CliRun.Of("export", "--model", folder, "--out", _folder["x.gguf"], "--format", "gguf")).Done(ExitCode.Usage);
        Assert.Contains("convert_hf_to_gguf.py", Assert.Single(other.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_LedgerOfAnotherFile_IsRefused()
    {
        await TrainAsync();
        (await CliRun.Of("edit", Prompt, "dog", "--model", Model)).Done();
        File.Copy(GgufCases.Path("q4_0"), _folder["other.gguf"]);

        CliRun run = (await CliRun.Of("generate", Prompt, "--model", _folder["other.gguf"], "--ledger", Model + ".ledger")).Done(ExitCode.Ledger);

        Assert.Single(run.ErrorLines);
    }

    /// <summary>libtorch has no quantised types: its copies of such weights are float32.</summary>
    [Fact]
    public async Task Plan_ForLibTorch_CountsFloat32Copies()
    {
        JsonElement cpu = (await CliRun.Of("plan", "--model", Model, "--json")).Done().Json;
        JsonElement torch = (await CliRun.Of("plan", "--model", Model, "--engine", "torch", "--json")).Done().Json;
        CliRun measured = (await CliRun.Of("plan", "--model", Model, "--engine", "cuda:0", "--measure")).Done(ExitCode.Usage);

        long parameters = cpu.GetProperty("parameters").GetInt64();
        Assert.Equal(4 * parameters, torch.GetProperty("weight_bytes").GetInt64());
        Assert.Equal(4 * parameters, torch.GetProperty("in_one_process").GetProperty("weight_bytes").GetInt64());
        Assert.InRange(cpu.GetProperty("weight_bytes").GetInt64(), parameters, 2 * parameters);
        Assert.Contains("--measure", Assert.Single(measured.ErrorLines), StringComparison.Ordinal);
    }

    private async Task TrainAsync() =>
        (await CliRun.Of("train", "--model", Model, "--train", Edits, "--out", OwnEditor, "--steps", "2", "--rank", "4", "--quiet")).Done();

    private static async Task<string> GenerateAsync(string model) =>
        (await CliRun.Of("generate", Prompt, "--model", model, "--max-tokens", "8", "--json")).Done().Json.GetProperty("text").GetString()!;

    private string Write(string name, params string[] lines)
    {
        File.WriteAllLines(_folder[name], lines);
        return _folder[name];
    }
}
