namespace Mend.Tensors;

/// <summary>
/// Counts the bytes of an engine's tensors: elements times four, once for all handles that share storage. What an engine needs
/// beside that (scratch memory, blocks rounded up or kept for reuse, weights that stay in their file) is not in it. Thread-safe.
/// </summary>
public sealed class MemoryMeter
{
    private long _live;
    private long _peak;

    /// <summary>Bytes held now.</summary>
    public long LiveBytes => Interlocked.Read(ref _live);

    /// <summary>Most bytes held at one time since the meter was made or <see cref="RestartPeak"/> was called.</summary>
    public long PeakBytes => Interlocked.Read(ref _peak);

    /// <summary>Forgets the peak: it starts again from what is held now.</summary>
    public void RestartPeak() => Interlocked.Exchange(ref _peak, LiveBytes);

    internal void Take(long bytes)
    {
        long live = Interlocked.Add(ref _live, bytes);
        long seen = PeakBytes;
        while (live > seen)
        {
            long now = Interlocked.CompareExchange(ref _peak, live, seen);
            if (now == seen)
            {
                return;
            }

            seen = now;
        }
    }

    internal void GiveBack(long bytes) => Interlocked.Add(ref _live, -bytes);
}
