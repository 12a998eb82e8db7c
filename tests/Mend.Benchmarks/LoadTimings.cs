using System.Diagnostics;
using System.Globalization;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Benchmarks;

/// <summary>
/// Opens a model on an engine and tells how much host memory that took at most, beside the tensors themselves where they
/// lie in host memory. More than the largest tensor and <see cref="Allowance"/> is a failure.
/// </summary>
internal static class LoadTimings
{
    /// <summary>What loading may take beside the largest tensor.</summary>
    private const double Allowance = 1e9;

    /// <summary>Runs the measurement.</summary>
    public static int Run(Arguments options)
    {
        string folder = options.Text("dir", string.Empty);
        if (folder.Length == 0)
        {
            Console.Error.WriteLine("No folder was given; write load --dir DIR, see generate-checkpoint.");
            return 2;
        }

        try
        {
            IEngine engine = Engines.Create(EngineName.Parse(options.Text("engine", "torch")), new EngineSettings { Threads = (int)options.Number("threads", 2) });
            return MeasureAsync(folder, engine, (int)options.Number("shards", 1)).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is EngineException or FormatException or PlatformNotSupportedException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static async Task<int> MeasureAsync(string folder, IEngine engine, int shards)
    {
        // The engine's libraries and a device's context are in memory before the measurement begins.
        engine.Zeros([1]).Dispose();
        GC.Collect();
        ProcessMemory before = ProcessMemory.Now();
        ProcessMemory.ForgetPeak();
        long start = Stopwatch.GetTimestamp();
        using Sampler sampler = new();
        await using EmbeddedModel model = await EmbeddedModel.OpenAsync(new EmbeddedModelOptions { ModelFolder = folder, Engine = engine, Shards = shards });
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        (long mostAnonymous, long mostFile) = sampler.Stop();
        ProcessMemory after = ProcessMemory.Now();

        List<StoredTensor> stored = [.. model.Architecture.Stages.SelectMany(s => s.Parameters).Select(p => StoredParameters.Get(model.Folder.Checkpoint, p.Name))
            .DistinctBy(t => t.Name)];
        long largest = stored.Max(t => t.ByteLength);

        // Matrices keep their type, and on the managed engine their place in the mapped file; the rest is float32.
        long matrices = stored.Where(t => t.Shape.Rank == 2).Sum(t => t.ByteLength);
        long tensors = matrices + stored.Where(t => t.Shape.Rank != 2).Sum(t => sizeof(float) * t.Shape.Length);
        long own = engine.Name switch { "torch" => tensors, "cpu" => tensors - matrices, _ => 0 };

        // The two kinds peak at different times where tensors fill host memory; on a device their sum would be the peak.
        long host = Math.Max(after.Peak, mostAnonymous + mostFile) - before.Resident - own;
        Say($"engine {engine.Name}, {shards} shard(s), {seconds:F1} s");
        Say($"tensors {tensors / 1e9:F3} GB of a checkpoint of {model.Folder.Checkpoint.TotalBytes / 1e9:F3} GB; the largest {largest / 1e9:F3} GB");
        Say($"resident before   anonymous {before.Anonymous / 1e9,7:F3} GB   file pages {before.File / 1e9,7:F3} GB");
        Say($"resident at most  anonymous {mostAnonymous / 1e9,7:F3} GB   file pages {mostFile / 1e9,7:F3} GB (sampled); together {after.Peak / 1e9:F3} GB (counted by the system)");
        Say($"resident after    anonymous {after.Anonymous / 1e9,7:F3} GB   file pages {after.File / 1e9,7:F3} GB");
        Say($"host memory {(own > 0 ? "beside the tensors" : "used")}, mapped pages included: {host / 1e9:F3} GB at most; {(largest + Allowance) / 1e9:F3} GB are allowed");
        return host <= largest + Allowance ? 0 : 1;
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    /// <summary>Looks at the two kinds of memory every few milliseconds, which the system keeps no peak of.</summary>
    private sealed class Sampler : IDisposable
    {
        private readonly ManualResetEventSlim _stop = new();
        private readonly Thread _thread;
        private long _anonymous;
        private long _file;

        public Sampler()
        {
            _thread = new Thread(Sample) { IsBackground = true };
            _thread.Start();
        }

        public (long Anonymous, long File) Stop()
        {
            Dispose();
            return (_anonymous, _file);
        }

        public void Dispose()
        {
            _stop.Set();
            _thread.Join();
        }

        private void Sample()
        {
            do
            {
                ProcessMemory now = ProcessMemory.Now();
                _anonymous = Math.Max(_anonymous, now.Anonymous);
                _file = Math.Max(_file, now.File);
            }
            while (!_stop.Wait(5));
        }
    }
}
