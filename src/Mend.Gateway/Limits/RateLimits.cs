using System.Threading.RateLimiting;
using Mend.Sharding;
using Microsoft.AspNetCore.Http;

namespace Mend.Gateway;

/// <summary>Limits how often each caller asks: by the name of its key, or where none is asked for by its address. Health is not counted.</summary>
internal sealed class RateLimits : IAsyncDisposable
{
    private const int Seconds = 60;

    private readonly RequestDelegate _next;
    private readonly PartitionedRateLimiter<HttpContext>? _limiter;
    private readonly int? _limit;

    public RateLimits(RequestDelegate next, GatewayOptions options)
    {
        _next = next;
        _limit = options.Limits.RequestsPerMinute;
        _limiter = _limit is not { } limit ? null : PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(
            context.Caller() ?? context.Connection.RemoteIpAddress?.ToString() ?? "",
            _ => new TokenBucketRateLimiterOptions { TokenLimit = limit, TokensPerPeriod = limit, ReplenishmentPeriod = TimeSpan.FromSeconds(Seconds), QueueLimit = 0 }));
    }

    public async Task InvokeAsync(HttpContext context)
    {
        if (_limiter is not null && context.Request.Path.StartsWithSegments("/v1"))
        {
            using RateLimitLease lease = _limiter.AttemptAcquire(context);
            if (!lease.IsAcquired)
            {
                throw new RequestException(
                    ErrorKinds.TooMany,
                    $"{_limit} requests a minute are taken from each caller; come back later.",
                    retryAfter: lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait) ? wait : TimeSpan.FromSeconds(Seconds));
            }
        }

        await _next(context);
    }

    public ValueTask DisposeAsync() => _limiter?.DisposeAsync() ?? ValueTask.CompletedTask;
}
