using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>A shard in use: until this is disposed of, it is not given back.</summary>
/// <param name="host">The shard.</param>
/// <param name="closing">Cancelled when the shard must be given back and has waited long enough.</param>
/// <param name="leave">Called once, at the end.</param>
internal sealed class ShardUse(ShardHost host, CancellationToken closing, Action leave) : IDisposable
{
    private Action? _leave = leave;

    public ShardHost Host => host;

    public CancellationToken Closing => closing;

    public void Dispose() => Interlocked.Exchange(ref _leave, null)?.Invoke();
}
