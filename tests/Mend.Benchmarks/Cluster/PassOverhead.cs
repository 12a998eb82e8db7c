using System.Diagnostics;
using System.Globalization;
using Mend.Cluster;
using Mend.Editing;
using Mend.Models.Execution;
using Mend.Sharding;
using Mend.Tensors.Cpu;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;

namespace Mend.Benchmarks.Cluster;

/// <summary>
/// What a pass costs over silos, each a process on this machine, against the same shards in one process. Both take turns, so that a change
/// of the machine's speed meets both, and their answers must be equal bit for bit.
/// </summary>
internal static class PassOverhead
{
    /// <summary>Runs the measurement.</summary>
    public static async Task<int> RunAsync(Arguments options)
    {
        string work = Directory.CreateTempSubdirectory("mend-passes-").FullName;
        string folder = options.Text("dir", Path.Combine(work, "model"));
        List<ChildProcess> silos = [];
        try
        {
            if (!Directory.Exists(folder))
            {
                CheckpointGenerator.Write(folder, (int)options.Number("hidden", 2048), (int)options.Number("blocks", 12));
            }

            int shards = (int)options.Number("shards", 3);
            int threads = (int)options.Number("threads", 0);
            IReadOnlyList<int> gateways = SiloChild.StartAll(silos, folder, Path.Combine(work, "ledger"), shards, threads);
            using IHost client = new HostBuilder().UseOrleansClient(c => SiloChild.Connect(c, gateways)).Build();
            await client.StartAsync();
            ClusterModelOptions patient = new() { RetryFor = TimeSpan.FromMinutes(5) };
            await using ClusterModel cluster = await ClusterModel.ConnectAsync(client.Services.GetRequiredService<IClusterClient>(), patient);
            await cluster.ScoreAsync([new PromptTarget("ready", "yes")]);
            await using EmbeddedModel embedded = await EmbeddedModel.OpenAsync(new EmbeddedModelOptions
            {
                ModelFolder = folder,
                Shards = shards,
                Engine = new CpuEngine(new CpuEngineOptions { Threads = threads }),
            });
            bool equal = await MeasureAsync(embedded.Runner, cluster.Runner, silos, (int)options.Number("tokens", 64), (int)options.Number("rounds", 15));
            await client.StopAsync();
            return equal ? 0 : 1;
        }
        finally
        {
            await Task.WhenAll(silos.Select(s => s.DisposeAsync().AsTask()));
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task<bool> MeasureAsync(IPassRunner one, IPassRunner many, List<ChildProcess> silos, int tokens, int rounds)
    {
        int[] ids = [.. Enumerable.Range(0, tokens).Select(i => (i * 37) % 250)];
        Pass forward = new() { Batch = new ModelBatch(1, ids), Outputs = PassOutputs.Logits };
        Pass gradient = new()
        {
            Batch = new ModelBatch(1, ids),
            Objective = new Objective { LikelihoodRows = [tokens - 2], LikelihoodTokens = [ids[^1]] },
            GradientFrom = 1,
        };
        Pass Decode(int past) => new() { Batch = new ModelBatch(1, past == 0 ? ids : [7]), Outputs = PassOutputs.Logits, OutputRows = [past == 0 ? tokens - 1 : 0], Texts = [new TextRows("decode", past, past == 0 ? tokens : 1)] };
        Console.WriteLine($"{"",-34}{"one process",22}{"silos",22}{"ratio",18}");
        Console.WriteLine($"{"",-34}{"median   best    CPU",22}{"median   best    CPU",22}{"median   best",18}");
        bool equal = await CompareAsync($"forward, {tokens} tokens", _ => forward);
        equal &= await CompareAsync($"forward and backward, {tokens} tokens", _ => gradient);
        await Task.WhenAll(one.RunAsync(Decode(0), PassHooks.None, default), many.RunAsync(Decode(0), PassHooks.None, default));
        equal &= await CompareAsync($"one token after {tokens}", i => Decode(tokens + i));
        Console.WriteLine(equal ? "All answers are equal bit for bit." : "ANSWERS DIFFER.");
        return equal;

        async Task<bool> CompareAsync(string what, Func<int, Pass> pass)
        {
            // Of all processes, for both: what idle silos use is in both.
            TimeSpan Processor() => Process.GetCurrentProcess().TotalProcessorTime + silos.Aggregate(TimeSpan.Zero, (sum, s) => sum + s.ProcessorTime);

            // As many as it takes until the methods of all processes are compiled as they will stay.
            const int warm = 30;
            Times a = new(Processor);
            Times b = new(Processor);
            bool same = true;
            for (int i = -warm; i < rounds; i++)
            {
                // Each goes first every other time.
                Task<PassResult> OneAsync() => a.TakeAsync(i >= 0, () => one.RunAsync(pass(i + warm), PassHooks.None, default));
                Task<PassResult> ManyAsync() => b.TakeAsync(i >= 0, () => many.RunAsync(pass(i + warm), PassHooks.None, default));
                bool oneFirst = i % 2 == 0;
                PassResult first = await (oneFirst ? OneAsync() : ManyAsync());
                PassResult second = await (oneFirst ? ManyAsync() : OneAsync());
                (PassResult here, PassResult there) = oneFirst ? (first, second) : (second, first);
                same &= (here.Logits?.Data ?? []).AsSpan().SequenceEqual(there.Logits?.Data ?? []) && here.Likelihood.Equals(there.Likelihood);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-34}{a,22}{b,22}{b.MedianRatio(a),10:F3}{b.Best / a.Best,8:F3}"));
            return same;
        }
    }

    /// <summary>Milliseconds of calls, by the clock and of all processors.</summary>
    private sealed class Times(Func<TimeSpan> processor)
    {
        private readonly List<double> _wall = [];
        private readonly List<double> _processor = [];

        public double Best => _wall.Min();

        /// <summary>Median of the ratios round by round, each of two calls that followed one another.</summary>
        public double MedianRatio(Times other) => Middle([.. _wall.Zip(other._wall, (mine, its) => mine / its)]);

        public async Task<T> TakeAsync<T>(bool counts, Func<Task<T>> call)
        {
            TimeSpan used = processor();
            long start = Stopwatch.GetTimestamp();
            T result = await call();
            double wall = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (counts)
            {
                _wall.Add(wall);
                _processor.Add((processor() - used).TotalMilliseconds);
            }

            return result;
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Middle(_wall):F1} {Best,6:F1} {Middle(_processor),6:F0}");

        private static double Middle(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
    }
}
