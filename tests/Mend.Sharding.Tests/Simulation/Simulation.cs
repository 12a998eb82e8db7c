using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>
/// One schedule: coordinators, shards and clients on machines that crash, with messages and store operations that go astray, for
/// some virtual seconds; then calm, in which everything must come to its end.
/// </summary>
internal sealed class Simulation
{
    private static readonly ShardOptions ShardOptions = new() { DraftLifetime = TimeSpan.FromSeconds(20) };
    private static readonly TimeSpan RecoveryTime = TimeSpan.FromSeconds(120);

    private readonly Scheduler _scheduler;
    private readonly FaultRates _rates;
    private readonly Protocol _protocol;
    private readonly ILedgerStore _disk;
    private readonly Observer _observer;
    private readonly Network _network;
    private readonly IReadOnlyList<int> _layers;
    private readonly List<Machine> _shards = [];
    private readonly List<Machine> _coordinators = [];
    private readonly Process _world;
    private int _crashesLeft = 6;
    private int _requests;

    public Simulation(int seed, Protocol? protocol = null, FaultRates? rates = null, bool keepTrace = false)
    {
        _scheduler = new Scheduler(seed, keepTrace);
        _rates = rates ?? FaultRates.Draw(Random);
        _protocol = protocol ?? new Protocol();
        _world = new Process(_scheduler, "world");
        _disk = _protocol.Disk(new InMemoryLedgerStore(_world));
        _layers = Random.Next(2) == 0 ? [1, 2] : [0, 2, 1];
        _observer = new Observer(_scheduler, _disk, _layers, _protocol.MayBeBehind);
        _network = new Network(_scheduler, _rates);
        for (int i = 0; i < _layers.Count; i++)
        {
            int index = i;
            _shards.Add(new Machine(_scheduler, $"shard{i}", p => BootShardAsync(p, index), _observer));
        }

        for (int i = 0; i < 2 + Random.Next(2); i++)
        {
            _coordinators.Add(new Machine(_scheduler, $"coordinator{i}", BootCoordinatorAsync, _observer));
        }
    }

    public Scheduler Schedule => _scheduler;

    public Observer Observer => _observer;

    private Random Random => _scheduler.Random;

    private IEnumerable<Machine> Machines => _shards.Concat(_coordinators);

    /// <summary>Runs the schedule of a seed: clients with work, faults for a while, and then calm.</summary>
    /// <returns>What was wrong, or null.</returns>
    public string? Run()
    {
        StartMachines();
        List<Client> clients = [.. Enumerable.Range(0, 2 + Random.Next(3)).Select(i => NewClient($"client{i}", _coordinators))];
        double rest = Random.Next(2) == 0 ? 0.1 : 2;
        clients.ForEach(c => _ = c.RunAsync(DrawWork(), rest));
        for (int i = 0; i < _rates.Collections; i++)
        {
            _world.After(_scheduler.Between(0, 12), () => _ = CollectGarbageAsync());
        }

        if (_protocol.LosesItsTail)
        {
            _world.After(_scheduler.Between(1, 6), LoseTail);
        }

        RunFor(_scheduler.Between(2, 12), () => clients.All(c => c.Doing is null));
        Calm();
        RunUntilDone(clients);
        CheckRecovered();
        return _observer.Violation;
    }

    /// <summary>Lets one client at each coordinator edit at the same moment, and nothing else.</summary>
    public string? RunTwoAtOnce()
    {
        Calm();
        StartMachines();
        RunFor(TimeSpan.FromSeconds(1), () => false);
        RunUntilDone(EditAtEach(_coordinators.Take(2)));
        CheckRecovered();
        return _observer.Violation;
    }

    private void StartMachines()
    {
        foreach (Machine machine in Machines)
        {
            machine.Start();
        }
    }

    private void Calm()
    {
        _scheduler.Calm = true;
        _scheduler.Log("calm");
    }

    /// <summary>An edit at each of some coordinators, all at once.</summary>
    private List<Client> EditAtEach(IEnumerable<Machine> coordinators)
    {
        List<Client> clients = [.. coordinators.Select(c => NewClient($"client of {c.Name}", [c]))];
        clients.ForEach(c => _ = c.RunAsync([[Facts.Request(++_requests, $"k{_requests}")]], mostRest: 0));
        return clients;
    }

    private Client NewClient(string name, IReadOnlyList<Machine> coordinators)
    {
        Process process = new(_scheduler, name);
        return new Client(process, _network, coordinators, new RemoteShard(_network, process, _shards[0]), _scheduler, _rates, _observer);
    }

    /// <summary>Edits for one client: alone or several, most with keys of their own, some with a key that is or will be another's.</summary>
    private List<IReadOnlyList<EditRequest>> DrawWork()
    {
        List<IReadOnlyList<EditRequest>> work = [];
        for (int i = 0; i < 1 + Random.Next(3); i++)
        {
            bool keyed = Random.Next(4) > 0;
            work.Add([.. Enumerable.Range(0, 1 + (Random.Next(3) / 2)).Select(_ => ++_requests)
                .Select(number => Facts.Request(number, !keyed ? null : Random.Next(12) == 0 ? $"k{1 + Random.Next(4)}" : $"k{number}"))]);
        }

        return [.. work.Where(requests => requests.All(r => r.IdempotencyKey is null) || requests.DistinctBy(r => r.IdempotencyKey).Count() == requests.Count)];
    }

    private async Task<EditLedger> OpenLedgerAsync(Process process, Func<ILedgerStore, ILedgerStore> seenAs)
    {
        ILedgerStore store = new SimulatedStore(process, _protocol.Mount(_disk, process), _scheduler, _rates, _observer);
        return await EditLedger.OpenAsync(
            seenAs(store),
            Observer.BaseModel,
            new EditLedgerOptions { GracePeriod = _protocol.GracePeriod, Continuations = TaskCreationOptions.None, Jitter = Random.NextDouble, TailLost = _ => _world.After(TimeSpan.Zero, () => Restart(process)) },
            process);
    }

    private async Task<object> BootShardAsync(Process process, int index)
    {
        EditLedger ledger = await OpenLedgerAsync(process, _protocol.OfShard);
        IShard? next = index + 1 < _shards.Count ? new RemoteShard(_network, process, _shards[index + 1]) : null;
        return new SimulatedShard(index, _layers[index], next, ledger, ShardOptions, process, _protocol.ComparesVersions);
    }

    private async Task<object> BootCoordinatorAsync(Process process)
    {
        EditLedger ledger = await OpenLedgerAsync(process, _protocol.OfCoordinator);
        List<IShard> shards = [.. _shards.Select(s => new RemoteShard(_network, process, s))];
        EditCoordinatorOptions options = new()
        {
            BatchedEdits = 3,
            PublishTimeout = TimeSpan.FromSeconds(1),
            Continuations = TaskCreationOptions.None,
            NewId = NewId,
        };
        return new CoordinatorService(new EditCoordinator(ledger, shards, new SimulatedDrafter(process, shards, _layers, Random), options, process), ledger);
    }

    private Guid NewId(DateTimeOffset now)
    {
        byte[] bytes = new byte[16];
        Random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private async Task CollectGarbageAsync()
    {
        try
        {
            await _network.CallAsync<CoordinatorService, CollectionReport>(
                _world, _coordinators[Random.Next(_coordinators.Count)], "collect", (c, ct) => c.Ledger.CollectGarbageAsync(ct));
        }
        catch (Exception error)
        {
            _observer.Saw(error);
        }
    }

    private void RunFor(TimeSpan duration, Func<bool> done)
    {
        long until = _scheduler.Ticks + duration.Ticks;
        while (_observer.Violation is null && !done() && _scheduler.Step(until))
        {
            if (_crashesLeft > 0 && _scheduler.Strikes(_rates.Crash))
            {
                _crashesLeft--;
                CrashOne();
            }
        }

        if (!done())
        {
            _scheduler.PassTo(until);
        }
    }

    /// <summary>Whoever looks after a process starts it again when its log says that the ledger lost its tail.</summary>
    private void Restart(Process process)
    {
        if (Machines.FirstOrDefault(m => m.Process == process) is { } machine)
        {
            machine.Crash();
            _world.After(_scheduler.Between(0.01, 2), machine.Start);
        }
    }

    private void LoseTail()
    {
        if (_observer.Versions > 0)
        {
            ModelVersion kept = new(Math.Max(0, _observer.Versions - 1 - Random.Next(2)));
            _scheduler.Log($"the store loses what came after {kept}");
            _observer.LosesTail(kept);
            _disk.SetAsideAsync(kept, default).AsTask().GetAwaiter().GetResult();
        }
    }

    private void CrashOne()
    {
        List<Machine> up = [.. Machines.Where(m => m.Process is not null)];
        if (up.Count > 0)
        {
            Machine machine = up[Random.Next(up.Count)];
            machine.Crash();
            _world.After(_scheduler.Between(0.01, 2), machine.Start);
        }
    }

    private void RunUntilDone(List<Client> clients)
    {
        RunFor(RecoveryTime, () => clients.All(c => c.Doing is null));
        foreach (Client client in clients.Where(c => c.Doing is not null))
        {
            _observer.Fail($"a client still {client.Doing} after {RecoveryTime.TotalSeconds} s of calm");
        }
    }

    /// <summary>Every coordinator serves again, and what nobody uses any more is gone once its time is over and something new is kept.</summary>
    private void CheckRecovered()
    {
        RunFor(TimeSpan.FromSeconds(60), () => false);
        RunUntilDone(EditAtEach(_coordinators));
        RunFor(TimeSpan.FromSeconds(10), () => false);
        if (_observer.Violation is not null)
        {
            return;
        }

        // An attempt that failed at a shard which was behind the others, or knew what is no more, leaves drafts for as long as they live.
        foreach (Machine shard in _shards.Where(s => !_protocol.MayBeBehind && !_protocol.LosesItsTail && s.Service<SimulatedShard>().Drafts > 0))
        {
            _observer.Fail($"{shard.Name} still keeps {shard.Service<SimulatedShard>().Drafts} drafts");
        }

        foreach (Machine machine in Machines)
        {
            machine.Crash();
        }

        _observer.CheckLedger();
    }
}
