using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mend.Gateway;

/// <summary>Exports what the project and ASP.NET Core measure: at /metrics for Prometheus, and with traces to a collector where one is named.</summary>
internal static class Exporters
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static readonly string[] Own = ["Mend.*"];

    public static void Add(WebApplicationBuilder builder, GatewayOptions options)
    {
        if (options.Otlp is { } otlp)
        {
            builder.Configuration.AddInMemoryCollection([KeyValuePair.Create(EndpointVariable, (string?)otlp.OriginalString)]);
        }

        OpenTelemetryBuilder telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("mend-gateway", serviceVersion: Version()).AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics.AddMeter(Own).AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter());
        if (builder.Configuration[EndpointVariable] is { Length: > 0 })
        {
            telemetry.WithTracing(tracing => tracing.AddSource([.. Own, "Microsoft.Orleans.*"]).AddAspNetCoreInstrumentation()).UseOtlpExporter();
        }
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPrometheusScrapingEndpoint("/metrics").RequireScope(Scope.Read);

    private static string? Version() => typeof(Exporters).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
