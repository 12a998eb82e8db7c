namespace Mend.Sharding.Tests.Simulation;

/// <summary>One life of a machine, from start to crash, and its clock. What it was about to do when it crashes, it never does.</summary>
internal sealed class Process(Scheduler scheduler, string name) : TimeProvider
{
    /// <summary>Whether it crashed.</summary>
    public bool Over { get; private set; }

    public string Name => name;

    /// <summary>What it serves; null while it starts.</summary>
    public object? Service { get; set; }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void End() => Over = true;

    public void After(TimeSpan delay, Action step) => scheduler.After(delay, () =>
    {
        if (!Over)
        {
            step();
        }
    });

    public Task WaitAsync(TimeSpan delay)
    {
        TaskCompletionSource over = new();
        After(delay, over.SetResult);
        return over.Task;
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => scheduler.Now;

    /// <inheritdoc/>
    public override long GetTimestamp() => scheduler.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Timer(this, () => callback(state), dueTime);

    /// <summary>Rings once.</summary>
    private sealed class Timer : ITimer
    {
        private readonly Process _process;
        private readonly Action _ring;
        private int _set;

        public Timer(Process process, Action ring, TimeSpan dueTime)
        {
            _process = process;
            _ring = ring;
            Change(dueTime, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            int set = ++_set;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                _process.After(dueTime, () =>
                {
                    if (set == _set)
                    {
                        _ring();
                    }
                });
            }

            return true;
        }

        public void Dispose() => _set++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
