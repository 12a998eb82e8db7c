namespace Mend.Tensors.Cpu.Parallelism;

/// <summary>
/// A few persistent threads that help whoever calls <see cref="Run"/>. The caller works too, so calls from several
/// threads, and calls made while all workers are busy, always make progress. Which thread runs which piece is not
/// fixed: pieces must not depend on each other.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    /// <summary>Rounds of spinning before a worker sleeps: some microseconds, about the gap between two operations.</summary>
    private const int SpinRounds = 60;

    private readonly Lock _gate = new();
    private readonly List<Job> _jobs = [];
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Thread[] _workers;
    private int _sleepers;
    private int _posted;
    private volatile bool _stopping;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">How many compute at once, the caller included; at least 1.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        _workers = new Thread[threads - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Thread(Work) { IsBackground = true, Name = $"mend-cpu-{i + 1}" };
            _workers[i].Start();
        }
    }

    /// <summary>How many compute at once, the caller included.</summary>
    public int Threads { get; }

    /// <summary>Runs body(0) … body(count − 1), in any order, several at once; returns when all are done.</summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="body">One piece. An exception stops further pieces and is rethrown here.</param>
    public void Run(int count, Action<int> body)
    {
        if (count <= 1 || _workers.Length == 0 || _stopping)
        {
            for (int i = 0; i < count; i++)
            {
                body(i);
            }

            return;
        }

        Job job = new(count, body);
        Post(job);
        job.Work();
        lock (_gate)
        {
            _jobs.Remove(job);
        }

        job.Wait();
    }

    /// <summary>Splits 0..length into ranges whose bounds are multiples of <paramref name="grain"/>; see <see cref="Run"/>.</summary>
    /// <param name="length">Number of items.</param>
    /// <param name="grain">Items worth a piece of their own; at least 1.</param>
    /// <param name="body">Receives start and end.</param>
    public void RunRanges(long length, long grain, Action<long, long> body)
    {
        long grains = (length + grain - 1) / grain;
        if (grains <= 1 || _workers.Length == 0)
        {
            if (length > 0)
            {
                body(0, length);
            }

            return;
        }

        int pieces = (int)Math.Min(grains, Threads * 4L);
        Run(pieces, piece =>
        {
            long start = grains * piece / pieces * grain;
            long end = Math.Min(length, grains * (piece + 1) / pieces * grain);
            body(start, end);
        });
    }

    /// <summary>Ends the threads. Calls of <see cref="Run"/> made later do everything on the calling thread.</summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _wake.Release(Math.Max(1, _workers.Length));
        foreach (Thread worker in _workers)
        {
            worker.Join();
        }

        _wake.Dispose();
    }

    private void Post(Job job)
    {
        lock (_gate)
        {
            _jobs.Add(job);
        }

        Interlocked.Increment(ref _posted);
        int sleepers = Volatile.Read(ref _sleepers);
        if (sleepers > 0)
        {
            _wake.Release(Math.Min(sleepers, job.Count - 1));
        }
    }

    private void Work()
    {
        while (!_stopping)
        {
            int seen = Volatile.Read(ref _posted);
            if (Take() is { } job)
            {
                job.Work();
                job.Leave();
            }
            else
            {
                Idle(seen);
            }
        }
    }

    /// <summary>Waits until something may have been posted after the count <paramref name="seen"/>.</summary>
    private void Idle(int seen)
    {
        for (int round = 0; round < SpinRounds; round++)
        {
            if (Volatile.Read(ref _posted) != seen || _stopping)
            {
                return;
            }

            Thread.SpinWait(32);
        }

        // Announce first, look again after: a post in between sees the sleeper and releases it. A release too many
        // only makes a later sleep return at once.
        Interlocked.Increment(ref _sleepers);
        if (Volatile.Read(ref _posted) == seen && !_stopping)
        {
            _wake.Wait();
        }

        Interlocked.Decrement(ref _sleepers);
    }

    private Job? Take()
    {
        lock (_gate)
        {
            foreach (Job job in _jobs)
            {
                if (job.TryEnter())
                {
                    return job;
                }
            }
        }

        return null;
    }
}
