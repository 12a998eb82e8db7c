namespace Mend.Sharding.Tests.Simulation;

/// <summary>What became of one schedule.</summary>
internal sealed record ScheduleResult(int Seed, string? Violation, int Reads, int Versions, int ContestedVersions, int Steps, ulong Hash)
{
    public override string ToString() => $"Schedule {Seed}: {Violation}. Run it alone with {Schedules.SeedVariable}={Seed}.";
}

/// <summary>Runs schedules, each on one thread from its first step to its last, as many at once as there are cores.</summary>
internal static class Schedules
{
    /// <summary>Names the environment variable that says which seed to run alone, with its trace.</summary>
    public const string SeedVariable = "MEND_SIMULATION_SEED";

    public static IReadOnlyList<ScheduleResult> Run(IEnumerable<int> seeds, Func<Protocol> protocol) =>
        RunEach(seeds, seed => Run(new Simulation(seed, protocol()), s => s.Run()));

    public static IReadOnlyList<ScheduleResult> RunTwoAtOnce(IEnumerable<int> seeds) =>
        RunEach(seeds, seed => Run(new Simulation(seed, new MeetsAtTheCommit(), FaultRates.None), s => s.RunTwoAtOnce()));

    /// <summary>One schedule, and what happened in it, line by line.</summary>
    public static (ScheduleResult Result, IReadOnlyList<string> Trace) RunWithTrace(int seed)
    {
        IReadOnlyList<string> trace = [];
        ScheduleResult result = RunEach([seed], _ =>
        {
            Simulation simulation = new(seed, keepTrace: true);
            ScheduleResult ended = Run(simulation, s => s.Run());
            trace = simulation.Schedule.Trace;
            return ended;
        })[0];
        return (result, trace);
    }

    private static ScheduleResult Run(Simulation simulation, Func<Simulation, string?> run)
    {
        string? violation = run(simulation);
        return new ScheduleResult(
            simulation.Schedule.Seed, violation, simulation.Observer.Reads, simulation.Observer.Versions, simulation.Observer.ContestedVersions,
            simulation.Schedule.Steps, simulation.Schedule.Hash);
    }

    /// <summary>On threads of their own: a test's thread may bring continuations elsewhere.</summary>
    private static List<ScheduleResult> RunEach(IEnumerable<int> seeds, Func<int, ScheduleResult> run)
    {
        Queue<int> left = new(seeds);
        List<ScheduleResult> results = [];
        List<Thread> threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work))];
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return [.. results.OrderBy(r => r.Seed)];

        void Work()
        {
            while (TryTake(out int seed))
            {
                ScheduleResult result;
                try
                {
                    result = run(seed);
                }
                catch (Exception error)
                {
                    result = new ScheduleResult(seed, error.ToString(), 0, 0, 0, 0, 0);
                }

                lock (results)
                {
                    results.Add(result);
                }
            }
        }

        bool TryTake(out int seed)
        {
            lock (left)
            {
                return left.TryDequeue(out seed);
            }
        }
    }
}
