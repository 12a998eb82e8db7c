using System.Diagnostics.Metrics;
using System.Threading.RateLimiting;
using Mend.Sharding;
using Microsoft.AspNetCore.Http;

namespace Mend.Gateway;

/// <summary>Lets a number of requests work at a time and some wait; whoever comes then is told to come back. Safe to use from several threads.</summary>
internal sealed class Admission : IAsyncDisposable
{
    private static readonly TimeSpan ComeBack = TimeSpan.FromSeconds(2);

    private readonly ConcurrencyLimiter _limiter;
    private readonly GatewayLimits _limits;

    /// <summary>Of its own: what it tells is seen in the limiter, whenever somebody begins to listen.</summary>
    private readonly Meter _meter = new(GatewayTelemetry.Name);

    public Admission(GatewayOptions options)
    {
        _limits = options.Limits;
        _limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = _limits.Running,
            QueueLimit = _limits.Waiting,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
        _meter.CreateObservableUpDownCounter(
            "mend.gateway.requests.running", () => _limits.Running - _limiter.GetStatistics()!.CurrentAvailablePermits, "{request}", "Requests that are worked on.");
        _meter.CreateObservableUpDownCounter(
            "mend.gateway.requests.waiting", () => _limiter.GetStatistics()!.CurrentQueuedCount, "{request}", "Requests that wait for their turn.");
    }

    /// <summary>Waits for its turn; the work is done when what this returns is disposed of.</summary>
    /// <exception cref="RequestException">Too many wait.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        RateLimitLease lease = await _limiter.AcquireAsync(1, cancellationToken);
        if (lease.IsAcquired)
        {
            return lease;
        }

        lease.Dispose();
        throw new RequestException(
            ErrorKinds.TooMany, $"{_limits.Running} requests are at work and {_limits.Waiting} wait; come back in a few seconds.", retryAfter: ComeBack);
    }

    /// <summary>Has an endpoint's requests wait for their turn.</summary>
    public static async ValueTask<object?> FilterAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        Admission admission = (Admission)http.RequestServices.GetService(typeof(Admission))!;
        using IDisposable turn = await admission.EnterAsync(http.RequestAborted);
        object? result = await next(context);

        // What is returned is written after the filters; the turn ends with the answer.
        if (result is IResult answer)
        {
            await answer.ExecuteAsync(http);
            return Results.Empty;
        }

        return result;
    }

    public ValueTask DisposeAsync()
    {
        _meter.Dispose();
        return _limiter.DisposeAsync();
    }
}
