using System.Diagnostics;

namespace Mend.Cluster.Soak.Load;

/// <summary>What all clients said. Safe to use from several threads.</summary>
internal sealed class Journal
{
    private readonly List<CallRecord> _records = [];
    private readonly Lock _lock = new();
    private long _edited;
    private long _read;

    public IReadOnlyList<CallRecord> Records
    {
        get
        {
            lock (_lock)
            {
                return [.. _records];
            }
        }
    }

    public void Add(CallRecord record)
    {
        lock (_lock)
        {
            _records.Add(record);
            if (record is EditDone)
            {
                _edited = Math.Max(_edited, record.Started);
            }
            else if (record is AnswerDone or LogitsDone or ScoreDone)
            {
                _read = Math.Max(_read, record.Started);
            }
        }
    }

    /// <summary>Waits until an edit and a read have succeeded that began after a moment.</summary>
    /// <param name="since">The moment.</param>
    /// <param name="limit">How long to wait.</param>
    /// <returns>Time from the moment on, or null when the limit passed.</returns>
    public async Task<TimeSpan?> ServedAsync(long since, TimeSpan limit)
    {
        while (Stopwatch.GetElapsedTime(since) < limit)
        {
            lock (_lock)
            {
                if (_edited >= since && _read >= since)
                {
                    return Stopwatch.GetElapsedTime(since);
                }
            }

            await Task.Delay(20);
        }

        return null;
    }
}
