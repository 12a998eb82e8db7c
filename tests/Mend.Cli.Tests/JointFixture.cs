using System.Text.Json;

namespace Mend.Cli.Tests;

/// <summary>An editor of the joint method for the demo's model, made once.</summary>
internal static class JointFixture
{
    /// <summary>The editor's file.</summary>
    public static Task<string> EditorAsync(TrainedModel model) => model.OnceAsync("joint.safetensors", file => CliRun.Of(
        "train", "--model", model.Model, "--train", model.Train, "--text", Text(model), "--out", file, "--confidence", "0.95", "--quiet"));

    /// <summary>Ordinary text, as far as the demo's model goes: prompts with their answers.</summary>
    public static string Text(TrainedModel model)
    {
        string file = Path.Combine(model.Root, "text.txt");
        if (!File.Exists(file))
        {
            File.WriteAllLines(file, File.ReadLines(model.Train).Select(l => JsonDocument.Parse(l).RootElement).Select(r => $"{r.GetProperty("prompt").GetString()} {r.GetProperty("target_true").GetString()}."));
        }

        return file;
    }
}
