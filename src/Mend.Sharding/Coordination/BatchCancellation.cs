namespace Mend.Sharding;

/// <summary>Cancelled once every call of a batch is: as long as one caller waits, the others' edits go on with it.</summary>
internal sealed class BatchCancellation : IDisposable
{
    private readonly CancellationTokenSource _all = new();
    private readonly List<CancellationTokenRegistration> _registrations = [];
    private int _waiting;

    public BatchCancellation(IReadOnlyList<EditCall> batch)
    {
        _waiting = batch.Count;
        foreach (EditCall call in batch)
        {
            _registrations.Add(call.Cancelled.UnsafeRegister(static state => ((BatchCancellation)state!).OneLess(), this));
        }
    }

    public CancellationToken Token => _all.Token;

    public void Dispose()
    {
        foreach (CancellationTokenRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _all.Dispose();
    }

    private void OneLess()
    {
        if (Interlocked.Decrement(ref _waiting) == 0)
        {
            _all.Cancel();
        }
    }
}
