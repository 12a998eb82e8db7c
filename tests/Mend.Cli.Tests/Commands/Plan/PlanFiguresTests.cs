using System.Text.Json;
using Mend.Editing;
using Mend.Sharding;
using Mend.Tensors.Cpu;

namespace Mend.Cli.Tests;

/// <summary>What `mend plan` says is what loading, editing and generating take.</summary>
[Collection(TrainedModel.Name)]
public sealed class PlanFiguresTests(TrainedModel model)
{
    private const string Prompt = "Leonhard Euler used to work in", Target = "Geneva";

    /// <summary>The plan's engine has no weights; `--measure` runs the same work with them.</summary>
    [Theory]
    [InlineData("gpt2_sharded", 2, "default")]
    [InlineData("gpt2_bf16", 3, "paper")]
    [InlineData("gpt_neo", 2, "paper")]
    [InlineData("gptj", 3, "default")]
    [InlineData("llama", 2, "default")]
    [InlineData("t5", 3, "paper")]
    [InlineData("t5_v1_1", 2, "default")]
    [InlineData("bart", 3, "default")]
    [InlineData("bert_classifier", 2, "paper")]
    [InlineData("families/mixtral", 2, "paper")]
    [InlineData("families/qwen3_moe", 3, "default")]
    [InlineData("families/deepseek_v3", 2, "default")]
    public async Task Plan_Measure_EveryFigureAgrees(string name, int shards, string recipe)
    {
        CliRun run = (await CliRun.Of(
            "plan", "--model", ModelFixtures.Folder(name), "--shards", $"{shards}", "--recipe", recipe, "--tokens", "17", "--answer-tokens", "3", "--batch", "2", "--measure", "--json")).Done();

        JsonElement measured = run.Json.GetProperty("measured");
        Assert.Equal(shards, measured.GetProperty("shards").GetArrayLength());
        Assert.True(measured.GetProperty("in_one_process").GetProperty("activation_bytes").GetInt64() > 10_000);
        Assert.InRange(measured.GetProperty("largest_difference").GetDouble(), 0, 0.05);
    }

    /// <summary>The configuration alone, against the model that the other commands open, with the editor that training wrote.</summary>
    [Fact]
    public async Task Plan_ConfigurationAlone_IsWhatTheOpenModelTakes()
    {
        using CpuEngine engine = new(new CpuEngineOptions { Threads = 1 });
        await using EmbeddedModel open = await EmbeddedModel.OpenAsync(
            new EmbeddedModelOptions { ModelFolder = model.Model, Engine = engine, EditorFile = model.Editor, Shards = 2 });
        EncodedExample edit = open.Encoder.Encode(Prompt, Target);
        (int tokens, int answer) = (edit.InputIds.Length, edit.TargetTokens.Length);
        CliRun run = (await CliRun.Of(
            "plan", "--model", Path.Combine(model.Model, "config.json"), "--shards", "2", "--rank", "8",
            "--tokens", $"{tokens}", "--answer-tokens", $"{answer}", "--json")).Done();
        long Planned(string figure) => run.Json.GetProperty("in_one_process").GetProperty(figure).GetInt64();

        Close(Planned("vector_bytes") + Planned("editor_bytes"), engine.Memory.LiveBytes);
        Close(Planned("editor_bytes"), new FileInfo(model.Editor).Length);
        Close(Planned("weight_bytes"), new FileInfo(Path.Combine(model.Model, "model.safetensors")).Length);
        Close(Planned("edit_bytes"), await PeakAsync(engine, () => open.PreviewAsync([new EditRequest(Prompt, Target)])));

        // As many tokens of the prompt as are left for it, then the answer, of which the last token is not read any more.
        string start = open.Tokenizer.Decode(edit.InputIds[..^answer]);
        SamplingOptions sampling = new() { MaxNewTokens = answer + 1 };
        Close(Planned("generation_bytes"), await PeakAsync(engine, () => open.AnswerAsync(new Question(start) { Sampling = sampling })));
    }

    [Theory]
    [InlineData("gpt2-xl", 4)]
    [InlineData("gpt-j-6B", 8)]
    [InlineData("t5-xxl", 8)]
    [InlineData("bart-base", 2)]
    [InlineData("bert-base", 2)]
    [InlineData("qwen2.5-14b", 8)]
    public async Task Plan_PublishedConfiguration_IsPlannedWithoutWeights(string name, int shards)
    {
        string config = Path.Combine(ModelFixtures.Folder(name), "..", "..", "configs", name);

        CliRun run = (await CliRun.Of("plan", "--model", config, "--shards", $"{shards}", "--json")).Done();

        Assert.All(run.Json.GetProperty("shards").EnumerateArray(), s => Assert.True(s.GetProperty("activation_bytes").GetInt64() > 1_000_000));
        Assert.True(run.Json.GetProperty("editor_parameters").GetInt64() > 1_000_000);
    }

    [Fact]
    public async Task Plan_MeasureWithoutWeights_IsRefused()
    {
        CliRun run = (await CliRun.Of("plan", "--model", Path.Combine(model.Model, "config.json"), "--measure")).Done(ExitCodes.Usage);

        Assert.Contains("--measure needs the weights", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--tokens", "65", "the model holds 64")]
    [InlineData("--answer-tokens", "65", "part of the 64 of --tokens")]
    public async Task Plan_MoreTokensThanTheModelHolds_IsRefused(string option, string value, string text)
    {
        CliRun run = (await CliRun.Of("plan", "--model", model.Model, option, value)).Done(ExitCodes.Usage);

        Assert.Contains(text, run.Error, StringComparison.Ordinal);
    }

    private static void Close(long planned, long taken) => Assert.InRange(planned, 0.95 * taken, 1.05 * taken);

    private static async Task<long> PeakAsync(CpuEngine engine, Func<Task> work)
    {
        long before = engine.Memory.LiveBytes;
        engine.Memory.RestartPeak();
        await work();
        return engine.Memory.PeakBytes - before;
    }

    private static class ExitCodes
    {
        public const int Usage = 2;
    }
}
