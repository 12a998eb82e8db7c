namespace Mend.Sharding;

/// <summary>
/// Runs computations one after another, in order of arrival, off the caller's scheduler: an engine uses all its cores
/// for one pass, so several at once would only get in each other's way.
/// </summary>
public sealed class EngineQueue : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Number of computations that wait or run.</summary>
    public int Length => _length;

    private int _length;

    /// <summary>Waits for its turn and computes.</summary>
    /// <typeparam name="T">What is computed.</typeparam>
    /// <param name="compute">The computation; must not wait for another one of this queue.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<T> RunAsync<T>(Func<T> compute, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _length);
        try
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await Task.Run(compute, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _length);
        }
    }

    /// <summary>Gives the queue back.</summary>
    public void Dispose() => _turn.Dispose();
}
