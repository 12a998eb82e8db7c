using System.Diagnostics;
using System.Globalization;
using System.Text;
using Mend.Cluster;
using Mend.Ledger;
using Mend.Sharding;
using Mend.Tensors.Cpu;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;

namespace Mend.Benchmarks.Cluster;

/// <summary>
/// Tokens per second of clients that stream answers at once, against one client alone and against the same answers one after another, from silos that are
/// each a process on this machine, or from one process. Rounds of both take turns, and every text must be the one that is generated alone.
/// </summary>
internal static class GenerationThroughput
{
    private const int Seed = 14;

    /// <summary>Runs the measurement.</summary>
    public static async Task<int> RunAsync(Arguments options)
    {
        string work = Directory.CreateTempSubdirectory("mend-generate-").FullName;
        string folder = options.Text("dir", Path.Combine(work, "model"));
        int shards = (int)options.Number("silos", 3), threads = (int)options.Number("threads", 0);
        List<ChildProcess> silos = [];
        IHost? client = null;
        try
        {
            if (!Directory.Exists(folder))
            {
                CheckpointGenerator.Write(folder, (int)options.Number("hidden", 1024), (int)options.Number("blocks", 12));
            }

            if (shards > 0)
            {
                IReadOnlyList<int> gateways = SiloChild.StartAll(silos, folder, Path.Combine(work, "ledger"), shards, threads);
                client = new HostBuilder().UseOrleansClient(c => SiloChild.Connect(c, gateways)).Build();
                await client.StartAsync();
            }

            await using IEditableModel model = await OpenAsync(client, folder, threads);
            return await MeasureAsync(model, silos, (int)options.Number("clients", 32), (int)options.Number("tokens", 64), (int)options.Number("rounds", 3)) ? 0 : 1;
        }
        finally
        {
            if (client is not null)
            {
                await client.StopAsync();
                client.Dispose();
            }

            await Task.WhenAll(silos.Select(s => s.DisposeAsync().AsTask()));
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task<IEditableModel> OpenAsync(IHost? client, string folder, int threads) => client is null
        ? await EmbeddedModel.OpenAsync(new EmbeddedModelOptions { ModelFolder = folder, Engine = new CpuEngine(new CpuEngineOptions { Threads = threads }) })
        : await ClusterModel.ConnectAsync(client.Services.GetRequiredService<IClusterClient>(), new ClusterModelOptions { RetryFor = TimeSpan.FromMinutes(5) });

    private static async Task<bool> MeasureAsync(IEditableModel model, List<ChildProcess> silos, int clients, int tokens, int rounds)
    {
        Question[] questions = [.. Enumerable.Range(0, clients).Select(i => Ask(model, i, tokens))];

        // Until the methods of all processes are compiled as they will stay.
        await Task.WhenAll(questions.Take(2).Concat(questions).Select(AnswerAsync));
        foreach (Question question in questions.Take(3))
        {
            await AnswerAsync(question);
        }

        TimeSpan Processor() => Process.GetCurrentProcess().TotalProcessorTime + silos.Aggregate(TimeSpan.Zero, (sum, s) => sum + s.ProcessorTime);
        List<double> alone = [], after = [], together = [], firsts = [], firstsAlone = [], costAfter = [], costTogether = [];
        bool equal = true;
        for (int round = 0; round < rounds; round++)
        {
            Told[] one = new Told[clients];
            TimeSpan used = Processor();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < clients; i++)
            {
                one[i] = await AnswerAsync(questions[i]);
                alone.Add(one[i].Tokens / one[i].Whole);
            }

            after.Add(one.Sum(t => t.Tokens) / Stopwatch.GetElapsedTime(start).TotalSeconds);
            firstsAlone.AddRange(one.Select(t => t.First));
            costAfter.Add((Processor() - used).TotalMilliseconds / one.Sum(t => t.Tokens));
            used = Processor();
            start = Stopwatch.GetTimestamp();
            Told[] all = await Task.WhenAll(questions.Select(AnswerAsync));
            together.Add(all.Sum(t => t.Tokens) / Stopwatch.GetElapsedTime(start).TotalSeconds);
            firsts.AddRange(all.Select(t => t.First));
            costTogether.Add((Processor() - used).TotalMilliseconds / all.Sum(t => t.Tokens));
            equal &= one.Zip(all).All(pair => pair.First.Text == pair.Second.Text && pair.First.Likelihoods.SequenceEqual(pair.Second.Likelihoods));
        }

        double best = Middle(alone), sequential = Middle(after), batched = Middle(together);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"one client alone           {best,8:F1} tokens/s"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clients,2} clients, one after another {sequential,4:F1} tokens/s"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{clients,2} clients at once         {batched,8:F1} tokens/s: {batched / best:F2} times one client's, {batched / sequential:F2} times one after another"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"time to first token        alone {1000 * Middle(firstsAlone):F0} ms, at once {1000 * Middle(firsts):F0} ms, p99 {1000 * At(firsts, 0.99):F0} ms"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"processor time of a token  one after another {Middle(costAfter):F1} ms, at once {Middle(costTogether):F1} ms"));
        Console.WriteLine(equal ? "Every text and every likelihood is that of the text alone, bit for bit." : "TEXTS DIFFER.");
        return equal;

        async Task<Told> AnswerAsync(Question question)
        {
            long start = Stopwatch.GetTimestamp();
            double first = 0;
            StringBuilder text = new();
            List<double> likelihoods = [];
            Answer answer = await Task.Run(() => model.AnswerAsync(question with
            {
                OnPiece = piece =>
                {
                    first = first == 0 ? Stopwatch.GetElapsedTime(start).TotalSeconds : first;
                    text.Append(piece.Text);
                    likelihoods.AddRange(piece.Tokens.Select(t => t.LogProbability));
                },
            }));
            return new Told(text.ToString(), likelihoods, answer.Tokens, first, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }

    /// <summary>Prompts of 8 to 40 tokens; every second answer is drawn, the others take the likeliest token, and every fourth tells likelihoods.</summary>
    private static Question Ask(IEditableModel model, int client, int tokens)
    {
        Random random = new(Seed + client);
        return new Question("", ModelVersion.Base)
        {
            PromptTokens = [.. Enumerable.Range(0, random.Next(8, 41)).Select(_ => random.Next(model.Architecture.Vocabulary / 2))],
            Alternatives = client % 4 == 0 ? 3 : null,
            Sampling = new SamplingOptions { MaxNewTokens = tokens, Temperature = client % 2 == 0 ? 0 : 0.8, TopP = client % 2 == 0 ? 1 : 0.95, Seed = client },
        };
    }

    private static double Middle(List<double> values) => At(values, 0.5);

    private static double At(List<double> values, double share) => values.Order().ElementAt(Math.Min(values.Count - 1, (int)(values.Count * share)));

    private sealed record Told(string Text, List<double> Likelihoods, int Tokens, double First, double Whole);
}
