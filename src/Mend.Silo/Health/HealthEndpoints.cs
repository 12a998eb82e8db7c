using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Mend.Silo;

/// <summary>/healthz: the process lives. /readyz: 200 when the silo's shards serve, 503 with what it waits for when not. /metrics: for Prometheus.</summary>
internal static class HealthEndpoints
{
    /// <summary>Adds the endpoints.</summary>
    public static void Use(IApplicationBuilder app) => app.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics").Run(context => context.Request.Path.Value switch
    {
        "/healthz" => context.Response.WriteAsync("live\n", context.RequestAborted),
        "/readyz" => ReadyAsync(context),
        _ => NotFoundAsync(context),
    });

    private static Task ReadyAsync(HttpContext context)
    {
        ReadinessReport now = context.RequestServices.GetRequiredService<Readiness>().Now();
        context.Response.StatusCode = now.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsJsonAsync(now, context.RequestAborted);
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("There are /healthz, /readyz and /metrics.\n", context.RequestAborted);
    }
}
