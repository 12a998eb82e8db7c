using Mend.Ledger;
using Polly;
using Polly.Retry;

namespace Mend.Cluster;

/// <summary>Sends a call again while it fails for reasons that pass. Callers that failed together do not come back together: waits are drawn at random.</summary>
internal sealed class Retry
{
    private static readonly ResiliencePropertyKey<long> Started = new("mend.started");

    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;

    /// <param name="limit">How long; zero sends once.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Draws from [0, 1) for the waits; null for the shared generator.</param>
    public Retry(TimeSpan limit, TimeProvider time, Func<double>? random = null)
    {
        _time = time;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = args => ValueTask.FromResult(
                args.Outcome.Exception is RetryableException && time.GetElapsedTime(args.Context.Properties.GetValue(Started, 0)) < limit),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(2),
            UseJitter = true,
            Randomizer = random ?? Random.Shared.NextDouble,
            OnRetry = static _ =>
            {
                ClusterTelemetry.Retries.Add(1);
                return ValueTask.CompletedTask;
            },
        }).Build();
    }

    public async Task<T> RunAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Started, _time.GetTimestamp());
        try
        {
            return await _pipeline.ExecuteAsync(static async (_, call) => await call().ConfigureAwait(false), context, call).ConfigureAwait(false);
        }
        catch (RetryableException) when (cancellationToken.IsCancellationRequested)
        {
            // Whoever gave up hears that, and not what the last try met with.
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }
}
