using Mend.Cluster;
using Mend.Ledger;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Mend.Silo;

/// <summary>
/// Lets edits and passes that are running here end before the silo leaves: added behind the silo's own service, it stops before it. Edits
/// that come meanwhile are sent again by their clients, to where the coordinator is by then.
/// </summary>
internal sealed partial class Drain(SiloSettings settings, TimeProvider time, ILogger<Drain> log) : IIncomingGrainCallFilter, IHostedService
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _draining;
    private int _running;

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (!IsWork(context))
        {
            await context.Invoke();
            return;
        }

        if (_draining && context.Request.GetInterfaceType() == typeof(ICoordinatorGrain))
        {
            throw new RetryableException("The silo of the model's coordinator is stopping; send the request again.");
        }

        Interlocked.Increment(ref _running);
        try
        {
            await context.Invoke();
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            SignalIfIdle();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        SignalIfIdle();
        try
        {
            await _idle.Task.WaitAsync(settings.Shutdown.Limit / 2, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            LogCut(_running);
        }
    }

    private void SignalIfIdle()
    {
        if (_draining && Volatile.Read(ref _running) == 0)
        {
            _idle.TrySetResult();
        }
    }

    /// <summary>Loading is given up when the silo stops, and nobody need wait for it.</summary>
    private static bool IsWork(IIncomingGrainCallContext context) =>
        context.Request.GetInterfaceType().Assembly == typeof(ICoordinatorGrain).Assembly && context.MethodName != nameof(IShardGrain.LoadAsync);

    [LoggerMessage(LogLevel.Warning, "{Calls} calls were still running when the time to stop was half over (Shutdown:Limit); their callers send them again.")]
    private partial void LogCut(int calls);
}
