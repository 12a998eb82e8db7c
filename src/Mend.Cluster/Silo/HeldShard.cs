using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>One shard on this silo: being loaded, serving, or on its way out. Safe to use from several threads.</summary>
internal sealed class HeldShard(int shard, StageRange range)
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _unloading = new();
    private readonly CancellationTokenSource _closing = new();
    private int _stages;

    // One for the holder; each use adds one.
    private int _users = 1;

    public int Shard => shard;

    public Task<ShardHost> Loading { get; private set; } = Task.FromException<ShardHost>(new InvalidOperationException("Not started."));

    public ShardHost? Host => Loading.IsCompletedSuccessfully ? Loading.Result : null;

    /// <summary>Whether loading has come to nothing.</summary>
    public bool HasFailed => Loading.IsCompleted && !Loading.IsCompletedSuccessfully;

    public ShardState State => new(shard, _stages, range.End - range.Start, Host is not null, Loading.Exception?.InnerException?.Message);

    /// <summary>Begins to load, on another thread. Call once.</summary>
    public void Start(Func<IProgress<int>, CancellationToken, Task<ShardHost>> load)
    {
        CancellationToken unloading = _unloading.Token;
        Loading = Task.Run(() => load(new Stages(this), unloading), unloading);
    }

    /// <summary>Begins to use the shard; null while it does not serve. Not to be called once it is being closed.</summary>
    public ShardUse? TryUse()
    {
        if (Host is not { } host)
        {
            return null;
        }

        Interlocked.Increment(ref _users);
        return new ShardUse(host, _closing.Token, Leave);
    }

    /// <summary>
    /// Stops loading, or waits for those who use the shard and, when that takes too long, cancels them; then gives it back. What somebody uses who
    /// does not look at that is not given back: the silo must end nevertheless. Call once.
    /// </summary>
    /// <param name="patience">How long they may take, and again once they are cancelled.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Whether it was given back.</returns>
    public async Task<bool> CloseAsync(TimeSpan patience, TimeProvider time)
    {
        await _unloading.CancelAsync().ConfigureAwait(false);
        Leave();
        if (!await IsIdleAsync(patience, time).ConfigureAwait(false))
        {
            await _closing.CancelAsync().ConfigureAwait(false);
            if (!await IsIdleAsync(patience, time).ConfigureAwait(false))
            {
                return false;
            }
        }

        try
        {
            (await Loading.ConfigureAwait(false)).Dispose();
        }
        catch (Exception)
        {
            // It never came to be; whoever waited for it was told.
        }

        _unloading.Dispose();
        _closing.Dispose();
        return true;
    }

    private async Task<bool> IsIdleAsync(TimeSpan patience, TimeProvider time)
    {
        try
        {
            await _idle.Task.WaitAsync(patience, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _idle.TrySetResult();
        }
    }

    private sealed class Stages(HeldShard shard) : IProgress<int>
    {
        public void Report(int value) => Interlocked.Increment(ref shard._stages);
    }
}
