using System.Diagnostics;
using System.Globalization;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Benchmarks;

/// <summary>Times opening a checkpoint, and a first and a second product of one token with every matrix in it.</summary>
internal static class CheckpointTimings
{
    /// <summary>Runs the timings.</summary>
    public static int Run(Arguments options)
    {
        string folder = options.Text("dir", string.Empty);
        if (folder.Length == 0)
        {
            Console.Error.WriteLine("No folder was given; write checkpoint --dir DIR, see generate-checkpoint.");
            return 2;
        }

        using CpuEngine engine = new(new CpuEngineOptions { Threads = (int)options.Number("threads", 0) });
        long start = Stopwatch.GetTimestamp();
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        List<Weight> weights = [.. checkpoint.Tensors.Values.Where(t => t.Shape.Rank == 2 && t.Type.IsWeightType()).Select(t => engine.LoadWeight(t, WeightLayout.InOut))];
        Report("open", start, 0);
        for (int pass = 1; pass <= 2; pass++)
        {
            start = Stopwatch.GetTimestamp();
            foreach (Weight w in weights)
            {
                using Tensor x = engine.Zeros([1, w.In]);
                engine.Linear(x, w, null).Dispose();
            }

            Report($"pass {pass}", start, weights.Sum(w => w.ByteLength));
        }

        using Process process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{checkpoint.Tensors.Count} tensors, {checkpoint.TotalBytes} bytes; peak working set {process.PeakWorkingSet64} bytes (mapped pages included), managed {GC.GetTotalMemory(false)} bytes"));
        weights.ForEach(w => w.Dispose());
        return 0;
    }

    private static void Report(string what, long start, long bytes)
    {
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-8}{seconds * 1000,10:F1} ms{(bytes > 0 ? $"{bytes / seconds / 1e9,8:F2} GB/s" : string.Empty)}"));
    }
}
