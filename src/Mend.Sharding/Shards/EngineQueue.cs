using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>
/// Runs computations one after another, in order of arrival, off the caller's scheduler: an engine uses all its cores
/// for one pass, so several at once would only get in each other's way. Bounded, so that a burst is refused and not piled up.
/// </summary>
/// <param name="capacity">Computations that may wait or run before new passes are refused; at least 1.</param>
public sealed class EngineQueue(int capacity = EngineQueue.DefaultCapacity) : IDisposable
{
    /// <summary>Default of the number of computations that may wait.</summary>
    public const int DefaultCapacity = 256;

    private readonly SemaphoreSlim _turn = new(1);
    private int _length;

    /// <summary>Number of computations that wait or run.</summary>
    public int Length => _length;

    /// <summary>Computes for a pass that is new here.</summary>
    /// <typeparam name="T">What is computed.</typeparam>
    /// <param name="compute">The computation; must not wait for another one of this queue.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RetryableException">The queue is full.</exception>
    public Task<T> AdmitAsync<T>(Func<T> compute, CancellationToken cancellationToken) => _length < capacity
        ? RunAsync(compute, cancellationToken)
        : throw new RetryableException($"{_length} passes wait for this engine already, and it takes {capacity}; send the request again a little later.");

    /// <summary>Computes for a pass that was admitted before: the way back is never refused.</summary>
    /// <typeparam name="T">What is computed.</typeparam>
    /// <param name="compute">The computation; must not wait for another one of this queue.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<T> RunAsync<T>(Func<T> compute, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _length);
        ShardingTelemetry.QueueLength.Add(1);
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
            ShardingTelemetry.QueueLength.Add(-1);
            Interlocked.Decrement(ref _length);
        }
    }

    /// <summary>Gives the queue back.</summary>
    public void Dispose() => _turn.Dispose();
}
