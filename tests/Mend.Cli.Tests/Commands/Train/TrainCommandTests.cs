using System.Diagnostics;
using Mend.Tensors;

namespace Mend.Cli.Tests;

[Collection(TrainedModel.Name)]
public sealed class TrainCommandTests(TrainedModel model)
{
    [Fact]
    public async Task Train_Json_NamesTheEditorAndItsValidation()
    {
        string editor = model.NewFile("editor.safetensors");

        CliRun run = (await CliRun.Of([.. Arguments(editor, steps: "2"), "--json"])).Done();

        Assert.Equal(editor, run.Json.GetProperty("editor").GetString());
        Assert.Equal(2, run.Json.GetProperty("steps").GetInt32());
        Assert.Equal(4, run.Json.GetProperty("validation").GetProperty("edits").GetInt32());
        Assert.True(File.Exists(editor));
        Assert.False(File.Exists(editor + ".checkpoint"));
    }

    [Fact]
    public async Task Train_IntoAFileThatIsNoEditor_RefusedBeforeItTrains()
    {
        string weights = Path.Combine(model.Model, "model.safetensors");
        byte[] before = await File.ReadAllBytesAsync(weights);

        CliRun run = (await CliRun.Of(Arguments(weights, steps: "2"))).Done(ExitCode.BadInput);

        Assert.Contains("left as it is", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("step", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(weights));
    }

    /// <summary>An editor that has learnt nothing is no editor; what is measured before the first step takes longer than this.</summary>
    [Fact]
    public async Task Train_TimeOverBeforeTheFirstStep_WritesNothing()
    {
        string editor = model.NewFile("editor.safetensors");

        CliRun run = (await CliRun.Of([.. Arguments(editor, steps: "2"), "--max-minutes", "0.00001"])).Done(ExitCode.CheckFailed);

        Assert.Contains("--max-minutes", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.False(File.Exists(editor));
    }

    [Fact]
    public async Task Train_PaperRecipe_Trains()
    {
        string editor = model.NewFile("editor.safetensors");

        CliRun run = await CliRun.Of([.. Arguments(editor, steps: "2", edits: "2"), "--recipe", "paper"]);

        run.Done();
        Assert.Contains("Trained 2 steps", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_StoppedAndResumed_EndsWithTheSameBits()
    {
        string parts = model.NewFile("parts.safetensors");
        using CancellationTokenSource stop = new();
        using StoppingWriter error = new("step 4/", stop);

        CliRun stopped = await CliRun.Of(Arguments(parts), host => host with { Error = error }, stop.Token);

        Assert.Equal(ExitCode.Cancelled, stopped.ExitCode);
        Assert.StartsWith("mend: stopped after step 4 of 8", stopped.ErrorLines[^1], StringComparison.Ordinal);
        Assert.EndsWith("--resume", stopped.ErrorLines[^1], StringComparison.Ordinal);
        CliRun resumed = (await CliRun.Of([.. Arguments(parts), "--resume"])).Done();
        Assert.Contains("Going on from step 4 of 8.", resumed.Error, StringComparison.Ordinal);
        AssertSameTensors(await model.OnceAsync("whole", file => CliRun.Of(Arguments(file))), parts);
    }

    [Fact]
    public async Task Train_KilledAndResumed_EndsWithTheSameBits()
    {
        string parts = model.NewFile("parts.safetensors");
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "mend.dll"), .. Arguments(parts)])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        while (await process.StandardError.ReadLineAsync() is { } line && !line.Contains("step 4/", StringComparison.Ordinal))
        {
        }

        process.Kill();
        await process.WaitForExitAsync();

        CliRun resumed = (await CliRun.Of([.. Arguments(parts), "--resume"])).Done();
        Assert.Contains("Going on from step", resumed.Error, StringComparison.Ordinal);
        AssertSameTensors(await model.OnceAsync("whole", file => CliRun.Of(Arguments(file))), parts);
    }

    [Fact]
    public async Task Train_ResumedWithOtherOptions_SaysWhichDiffer()
    {
        string editor = model.NewFile("editor.safetensors");
        using CancellationTokenSource stop = new();
        using StoppingWriter error = new("step 2/", stop);
        await CliRun.Of(Arguments(editor), host => host with { Error = error }, stop.Token);

        CliRun other = await CliRun.Of([.. Arguments(editor, edits: "3"), "--resume"]);
        CliRun fresh = await CliRun.Of(Arguments(editor));

        Assert.Equal(ExitCode.BadInput, other.ExitCode);
        Assert.Contains("edits_per_step: 4 there, 3 now", Assert.Single(other.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, fresh.ExitCode);
        Assert.Contains("--resume", Assert.Single(fresh.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_ResumedFromADamagedCheckpoint_SaysWhatToDo()
    {
        string editor = model.NewFile("editor.safetensors");
        await File.WriteAllTextAsync(editor + ".checkpoint", "no safetensors file at all");

        CliRun run = await CliRun.Of([.. Arguments(editor), "--resume"]);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("start afresh", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private string[] Arguments(string editor, string steps = "8", string edits = "4") =>
    [
        "train", "--method", "mend", "--model", model.Model, "--train", model.Train, "--validation", model.Validation, "--out", editor,
        .. new[] { "--rank", "8", "--steps", steps, "--edits-per-step", edits, "--validate-every", "2", "--layers", "transformer.h.5.mlp.*" },
    ];

    private static void AssertSameTensors(string expected, string actual)
    {
        using SafetensorsFile first = SafetensorsFile.Open(expected), second = SafetensorsFile.Open(actual);
        Assert.Equal(first.Tensors.Keys.Order(), second.Tensors.Keys.Order());
        Assert.All(first.Tensors, t => Assert.True(
            t.Value.Bytes(0, (int)t.Value.ByteLength).SequenceEqual(second.Tensors[t.Key].Bytes(0, (int)t.Value.ByteLength)), t.Key));
    }

    /// <summary>Asks to stop as soon as a text is written.</summary>
    private sealed class StoppingWriter(string text, CancellationTokenSource stop) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true)
            {
                stop.Cancel();
            }
        }
    }
}
