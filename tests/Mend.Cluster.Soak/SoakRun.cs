using System.Diagnostics;
using System.Globalization;
using Mend.Cluster.Soak.Checks;
using Mend.Cluster.Soak.Load;
using Mend.Cluster.Soak.Processes;
using Mend.Editing;
using Mend.Sharding;

namespace Mend.Cluster.Soak;

/// <summary>One soak: silos, clients, kills, checks.</summary>
internal sealed class SoakRun(SoakOptions options)
{
    private static readonly TimeSpan ReturnLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan GivesUp = TimeSpan.FromMinutes(2);

    private readonly Journal _journal = new();
    private readonly List<string> _problems = [];
    private readonly List<TimeSpan> _returns = [];
    private readonly List<SiloProcess> _silos = [];
    private readonly List<ClientProcess> _clients = [];

    public async Task<SoakReport> ExecuteAsync()
    {
        await using Site site = await Site.CreateAsync(options);
        try
        {
            return await ExecuteAsync(site);
        }
        finally
        {
            await Task.WhenAll([.. _clients.Select(c => c.DisposeAsync().AsTask()), .. _silos.Select(s => s.DisposeAsync().AsTask())]);
        }
    }

    private async Task<SoakReport> ExecuteAsync(Site site)
    {
        _silos.AddRange(Enumerable.Range(0, Site.Silos).Select(i => new SiloProcess(site, string.Create(CultureInfo.InvariantCulture, $"silo-{i}"), Site.Silos, [.. site.Ports.Skip(3 * i).Take(3)], number: i)));
        _silos.ForEach(s => s.Start());
        _clients.AddRange(Enumerable.Range(0, options.Clients).Select(i => new ClientProcess(site, i, _journal)));
        await AllReadyAsync("at the start");
        _clients.ForEach(c => c.Start());
        long started = Stopwatch.GetTimestamp();
        _ = await _journal.ServedAsync(started, GivesUp) ?? throw new TimeoutException($"No call succeeded within {GivesUp}; see the logs (--keep).");

        started = Stopwatch.GetTimestamp();
        IReadOnlyList<Kill> kills = KillSchedule.Of(options);
        foreach (Kill kill in kills)
        {
            await WaitAsync(started, kill.At);
            await KillAsync(site, kill);
        }

        await WaitAsync(started, options.Duration);
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        await AllReadyAsync("at the end");
        foreach (ClientProcess client in _clients)
        {
            Expect(await client.StopAsync() == 0, "A client ended with an error; see its log (--keep).");
        }

        return await CheckAsync(site, kills, took);
    }

    private async Task KillAsync(Site site, Kill kill)
    {
        switch (kill.Victim)
        {
            case Victim.Client:
                await _clients[kill.Number].KillAsync();
                _clients[kill.Number].Start();
                return;
            case Victim.Link:
                Link link = Link.All[kill.Number];
                await site.Network!.CutAsync(link);
                await Task.Delay(kill.Away);
                await site.Network.HealAsync(link);
                await ServedAsync(Stopwatch.GetTimestamp(), $"{link}");
                return;
            case Victim.Postgres:
                await site.Server!.KillBackendAsync();
                await site.Server.Ready;
                await ServedAsync(Stopwatch.GetTimestamp(), "PostgreSQL");
                return;
        }

        List<SiloProcess> victims = [_silos[kill.Number]];
        if (kill.Victim == Victim.TwoSilos)
        {
            victims.Add(_silos[(kill.Number + 1) % _silos.Count]);
        }

        await Task.WhenAll(victims.Select(v => v.KillAsync()));
        await Task.Delay(kill.Away);
        victims.ForEach(v => v.Start());
        await ServedAsync(Stopwatch.GetTimestamp(), string.Create(CultureInfo.InvariantCulture, $"{kill.Victim} {kill.Number}"));
    }

    private async Task ServedAsync(long since, string what)
    {
        using CancellationTokenSource done = new();
        Task supervising = SuperviseAsync(done.Token);
        TimeSpan? back = await _journal.ServedAsync(since, GivesUp);
        await done.CancelAsync();
        await supervising;
        _returns.Add(back ?? GivesUp);
        Expect(back < ReturnLimit, $"Service was back {back?.TotalSeconds ?? GivesUp.TotalSeconds:0.0} s after the return of {what}.");
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss} {what}: {back?.TotalSeconds:0.0} s"));
    }

    private async Task SuperviseAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            _silos.ForEach(s => s.Supervise());
            await Task.Delay(200, CancellationToken.None);
        }
    }

    private async Task WaitAsync(long started, TimeSpan until)
    {
        while (Stopwatch.GetElapsedTime(started) < until)
        {
            _silos.ForEach(s => s.Supervise());
            await Task.Delay(100);
        }
    }

    private async Task AllReadyAsync(string when)
    {
        long started = Stopwatch.GetTimestamp();
        while (!(await Task.WhenAll(_silos.Select(s => s.IsReadyAsync()))).All(ready => ready))
        {
            _silos.ForEach(s => s.Supervise());
            if (Stopwatch.GetElapsedTime(started) > GivesUp)
            {
                _problems.Add($"Not all silos were ready {when}.");
                return;
            }

            await Task.Delay(200);
        }
    }

    private async Task<SoakReport> CheckAsync(Site site, IReadOnlyList<Kill> kills, TimeSpan took)
    {
        await using EmbeddedModel replay = await site.OpenAsync();
        long head = (await replay.HeadAsync()).Number;
        _problems.AddRange(await Verifier.CheckServiceAsync(site, replay, head));
        foreach (SiloProcess silo in _silos)
        {
            Expect(await silo.StopAsync() == 0, "A silo that was told to stop ended with an error; see its log (--keep).");
        }

        IReadOnlyList<CallRecord> records = _journal.Records;
        _problems.AddRange(await new Verifier(replay, records).ExecuteAsync());
        return new SoakReport
        {
            Took = took,
            Kills = kills.Sum(k => k.Victim switch { Victim.Silo => 1, Victim.TwoSilos => 2, _ => 0 }),
            ClientKills = kills.Count(k => k.Victim == Victim.Client),
            PostgresKills = kills.Count(k => k.Victim == Victim.Postgres),
            Cuts = kills.Count(k => k.Victim == Victim.Link),
            EndedByThemselves = _silos.Sum(s => s.EndedByItself),
            Edits = records.OfType<EditDone>().Count(),
            Repeated = records.OfType<EditDone>().Count(e => e.Repeated),
            Reverts = records.OfType<RevertDone>().Count(),
            Reads = records.Count(r => r is AnswerDone or ScoreDone or LogitsDone),
            Failed = records.OfType<CallFailed>().Count(f => f.Retryable),
            Versions = head,
            Returns = _returns,
            Problems = _problems,
        };
    }

    private void Expect(bool held, string problem)
    {
        if (!held)
        {
            _problems.Add(problem);
        }
    }
}
