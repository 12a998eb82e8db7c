using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>One shard on this silo: being loaded, serving, or on its way out. Safe to use from several threads.</summary>
internal sealed class HeldShard(int shard, StageRange range)
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _stages;

    // One for the holder; each pass adds one.
    private int _users = 1;

    public int Shard => shard;

    public Task<ShardHost> Loading { get; private set; } = Task.FromException<ShardHost>(new InvalidOperationException("Not started."));

    public ShardHost? Host => Loading.IsCompletedSuccessfully ? Loading.Result : null;

    public ShardState State => new(shard, _stages, range.End - range.Start, Host is not null, Loading.Exception?.InnerException?.Message);

    public void Start(Func<IProgress<int>, Task<ShardHost>> load) => Loading = load(new Stages(this));

    public IDisposable Enter()
    {
        Interlocked.Increment(ref _users);
        return new Pass(this);
    }

    /// <summary>Waits for the passes that are running and gives the shard back. Call once.</summary>
    public async Task CloseAsync()
    {
        Leave();
        await _idle.Task.ConfigureAwait(false);
        try
        {
            (await Loading.ConfigureAwait(false)).Dispose();
        }
        catch (Exception)
        {
            // It never came to be; whoever waited for it was told.
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

    private sealed class Pass(HeldShard shard) : IDisposable
    {
        private HeldShard? _shard = shard;

        public void Dispose() => Interlocked.Exchange(ref _shard, null)?.Leave();
    }
}
