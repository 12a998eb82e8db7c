namespace Mend.Cluster;

/// <summary>
/// The silos that have passes running here: when one of them dies, nobody waits for those any more, and they are cancelled. Safe to use
/// from several threads.
/// </summary>
internal sealed class Callers : IDisposable
{
    private readonly Dictionary<SiloAddress, CancellationTokenSource> _callers = [];
    private readonly Lock _lock = new();

    /// <summary>Cancelled when a silo is gone; a client, which is null, never is.</summary>
    public CancellationToken GoneToken(SiloAddress? caller)
    {
        if (caller is null)
        {
            return CancellationToken.None;
        }

        lock (_lock)
        {
            if (!_callers.TryGetValue(caller, out CancellationTokenSource? gone))
            {
                _callers[caller] = gone = new CancellationTokenSource();
            }

            return gone.Token;
        }
    }

    /// <summary>Cancels the passes of silos that are gone.</summary>
    public void Cancel(Func<SiloAddress, bool> isGone)
    {
        List<CancellationTokenSource> gone = [];
        lock (_lock)
        {
            foreach ((SiloAddress silo, CancellationTokenSource source) in _callers.Where(c => isGone(c.Key)).ToList())
            {
                _callers.Remove(silo);
                gone.Add(source);
            }
        }

        // Not disposed of: a pass that has just come in may still link its token to them.
        gone.ForEach(g => g.Cancel());
    }

    public void Dispose() => Cancel(static _ => true);
}
