using System.Diagnostics;
using Mend.Cluster.Soak.Checks;
using Mend.Cluster.Soak.Load;
using Mend.Cluster.Soak.Processes;
using Mend.Sharding;

namespace Mend.Cluster.Soak.Rollout;

/// <summary>Changes the number of shards and restarts silos under load, as upgrades of the chart do.</summary>
internal sealed class RolloutRun(SoakOptions options)
{
    private const int Steps = 4;

    /// <summary>The options of a soak that say something here.</summary>
    private static readonly string[] Taken = ["--minutes", "--seed", "--clients", "--ledger", "--postgres", "--keep"];

    private static readonly TimeSpan GivesUp = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private readonly Journal _journal = new();
    private readonly List<string> _problems = [];
    private readonly List<RolloutStep> _steps = [];

    /// <exception cref="FormatException">Something is no option, or none of these, or a value is out of range.</exception>
    public static SoakOptions Read(IReadOnlyList<string> words)
    {
        SoakOptions options = SoakOptions.Read(words);
        string? foreign = words.Where((word, i) => i % 2 == 0 && !Taken.Contains(word)).FirstOrDefault();
        return foreign is null ? options : throw new FormatException($"{foreign} does not go with rollout, which takes {string.Join(", ", Taken)}.");
    }

    public async Task<RolloutReport> ExecuteAsync()
    {
        await using Site site = await Site.CreateAsync(options);
        await using PodSet three = new(site, 3), four = new(site, 4), two = new(site, 2);
        List<ClientProcess> clients = [.. Enumerable.Range(0, options.Clients).Select(i => new ClientProcess(site, i, _journal))];
        try
        {
            three.Start();
            await three.ReadyAsync();
            clients.ForEach(c => c.Start());
            _ = await _journal.ServedAsync(Stopwatch.GetTimestamp(), GivesUp) ?? throw new TimeoutException($"No call succeeded within {GivesUp}; see the logs (--keep).");

            await StepAsync("3 shards, nothing changes", () => Task.CompletedTask);
            await StepAsync("3 to 4 shards", () => ReplaceAsync(three, four));
            await StepAsync("4 to 2 shards", () => ReplaceAsync(four, two));
            await StepAsync("rolling restart of 2 silos", two.RestartAsync);
            foreach (ClientProcess client in clients)
            {
                Expect(await client.StopAsync() == 0, "A client ended with an error; see its log (--keep).");
            }

            await using EmbeddedModel replay = await site.OpenAsync();
            _problems.AddRange(await Verifier.CheckServiceAsync(site, replay, (await replay.HeadAsync()).Number));
            await two.StopAsync();
            _problems.AddRange([.. three.Problems, .. four.Problems, .. two.Problems]);
            IReadOnlyList<CallRecord> records = _journal.Records;
            _problems.AddRange(await new Verifier(replay, records).ExecuteAsync());
            return new RolloutReport(_steps, records, _problems);
        }
        finally
        {
            await Task.WhenAll(clients.Select(c => c.DisposeAsync().AsTask()));
        }
    }

    private async Task StepAsync(string name, Func<Task> change)
    {
        long started = Stopwatch.GetTimestamp();
        await change();
        long ended = Stopwatch.GetTimestamp();
        Expect(await _journal.ServedAsync(ended, GivesUp) is not null, $"After '{name}' no edit and no read succeeded within {GivesUp}.");
        await Task.Delay(options.Duration / Steps);
        _steps.Add(new RolloutStep(name, started, ended, Stopwatch.GetTimestamp()));
        await Console.Error.WriteLineAsync($"{name}: done");
    }

    /// <summary>Starts the new set and deletes the old one, at once, as Helm does, and looks that they never serve together.</summary>
    private async Task ReplaceAsync(PodSet old, PodSet next)
    {
        using CancellationTokenSource done = new();
        Task watching = WatchAsync(old, next, done.Token);
        next.Start();
        await old.StopAsync();
        await next.ReadyAsync();
        await done.CancelAsync();
        await watching;
    }

    private async Task WatchAsync(PodSet old, PodSet next, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            // In this order: a new silo that serves while an old one does after it, serves together with it.
            bool together = await next.ServesAsync() && await old.ServesAsync();
            Expect(!together, "Silos of the old plan and of the new said at the same time that they serve.");
            if (together)
            {
                return;
            }

            await Task.Delay(Period, CancellationToken.None);
        }
    }

    private void Expect(bool held, string problem)
    {
        if (!held)
        {
            _problems.Add(problem);
        }
    }
}
