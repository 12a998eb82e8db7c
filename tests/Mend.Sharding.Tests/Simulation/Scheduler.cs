using System.Globalization;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>
/// Virtual time and everything that will happen in it. Runs one step at a time on one thread; chance comes from the seed alone, so a
/// seed is a schedule. Keeps a hash of all that happened, and the text of it when asked to.
/// </summary>
internal sealed class Scheduler(int seed, bool keepTrace = false)
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly PriorityQueue<Action, (long Ticks, long Order)> _steps = new();
    private readonly List<string> _trace = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _ticks;
    private long _order;

    public int Seed => seed;

    public Random Random { get; } = new(seed);

    public DateTimeOffset Now => Start.AddTicks(_ticks);

    public long Ticks => _ticks;

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    /// <summary>Whether nothing fails any more.</summary>
    public bool Calm { get; set; }

    /// <summary>What has happened, as a number.</summary>
    public ulong Hash { get; private set; } = 14695981039346656037;

    public IReadOnlyList<string> Trace => _trace;

    /// <summary>Whether a fault of this probability strikes now.</summary>
    public bool Strikes(double probability) => !Calm && Random.NextDouble() < probability;

    public TimeSpan Between(double leastSeconds, double mostSeconds) =>
        TimeSpan.FromSeconds(leastSeconds + ((mostSeconds - leastSeconds) * Random.NextDouble()));

    public void After(TimeSpan delay, Action step) => _steps.Enqueue(step, (_ticks + Math.Max(0, delay.Ticks), _order++));

    /// <summary>Takes the next step; false when there is none before a moment.</summary>
    public bool Step(long untilTicks)
    {
        if (!_steps.TryPeek(out Action? step, out (long Ticks, long Order) at) || at.Ticks > untilTicks)
        {
            return false;
        }

        _steps.Dequeue();
        _ticks = at.Ticks;
        Steps++;
        step();
        return true;
    }

    /// <summary>Lets time pass in which nothing happens.</summary>
    public void PassTo(long ticks) => _ticks = Math.Max(_ticks, ticks);

    public void Log(string what)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            throw new InvalidOperationException($"'{what}' happened on another thread, so the schedule cannot be repeated.");
        }

        Hash = (Hash ^ (ulong)_ticks) * 1099511628211;
        foreach (char c in what)
        {
            Hash = (Hash ^ c) * 1099511628211;
        }

        if (keepTrace)
        {
            _trace.Add(string.Create(CultureInfo.InvariantCulture, $"{_ticks / (double)TimeSpan.TicksPerSecond,9:F4} {what}"));
        }
    }
}
