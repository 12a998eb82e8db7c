using System.Diagnostics;
using System.Globalization;
using Mend.Editing;
using Mend.Models;
using Mend.Sharding;
using Mend.Tensors.Cpu;

namespace Mend.Benchmarks;

/// <summary>Opens a checkpoint as a user would, commits one edit and tells time and peak memory.</summary>
internal static class EditTimings
{
    /// <summary>
    /// An editor without training and without statistics: the identity, so that an edit is a plain gradient step. It costs what
    /// a trained one costs and needs no data, which a synthetic model has none of.
    /// </summary>
    private static readonly EditorOptions Untrained = new() { Normalize = false, Whitening = 0, InitialStep = -1f };

    /// <summary>Runs the measurement.</summary>
    public static int Run(Arguments options)
    {
        string folder = options.Text("dir", string.Empty);
        if (folder.Length == 0)
        {
            Console.Error.WriteLine("No folder was given; write edit --dir DIR, see generate-checkpoint.");
            return 2;
        }

        string editor = options.Text("editor-out", Path.Combine(Path.GetTempPath(), $"untrained-{Guid.NewGuid():n}.safetensors"));
        SaveEditor(folder, editor);
        try
        {
            Measure(folder, editor, options).GetAwaiter().GetResult();
        }
        finally
        {
            if (options.Text("editor-out", string.Empty).Length == 0)
            {
                File.Delete(editor);
            }
        }

        return 0;
    }

    private static void SaveEditor(string folder, string path)
    {
        using CpuEngine engine = new(new CpuEngineOptions());
        using ModelFolder model = ModelFolder.Open(folder);
        using MendEditor editor = new(engine, model.Architecture, RecommendedLayers.Of(model.Architecture), Untrained);
        EditorFile.Save(path, editor, model.Fingerprint());
    }

    private static async Task Measure(string folder, string editor, Arguments options)
    {
        long start = Stopwatch.GetTimestamp();
        await using EmbeddedModel model = await EmbeddedModel.OpenAsync(new EmbeddedModelOptions
        {
            ModelFolder = folder,
            EditorFile = editor,
            Shards = (int)options.Number("shards", 2),
            Engine = new CpuEngine(new CpuEngineOptions { Threads = (int)options.Number("threads", 0) }),
        });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"open   {Stopwatch.GetElapsedTime(start).TotalSeconds,8:F3} s"));
        start = Stopwatch.GetTimestamp();
        EditOutcome outcome = await model.EditAsync([new EditRequest("The capital of Norway is", "Oslo")]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"edit   {Stopwatch.GetElapsedTime(start).TotalSeconds,8:F3} s"));
        foreach (StageDuration stage in outcome.Stages)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {stage.Stage,-9}{stage.Duration.TotalSeconds,8:F3} s"));
        }

        using Process process = Process.GetCurrentProcess();
        long files = model.Folder.Checkpoint.TotalBytes;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"files {files / 1e9:F3} GB, peak working set {process.PeakWorkingSet64 / 1e9:F3} GB (mapped pages included): {(process.PeakWorkingSet64 - files) / 1e9:F3} GB above the files"));
    }
}
