using Mend.Ledger;

namespace Mend.Cluster;

/// <summary>Sends a call again while it fails for reasons that pass.</summary>
internal sealed class Retry(TimeSpan limit, TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    public async Task<T> RunAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        for (TimeSpan pause = First; ; pause = pause * 2 < Longest ? pause * 2 : Longest)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (RetryableException) when (time.GetElapsedTime(started) + pause < limit)
            {
                ClusterTelemetry.Retries.Add(1);
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
