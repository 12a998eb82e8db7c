using System.Collections;
using System.Reflection;
using Mend.Cluster;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mend.Silo;

/// <summary>
/// Exports what the project and Orleans measure and trace, and what .NET and ASP.NET Core measure: at /metrics, and with traces to a collector where one is named. Requests are not traced: all there are ask
/// for the silo's health, every few seconds.
/// </summary>
internal static class SiloTelemetry
{
    private const string Orleans = "Microsoft.Orleans";

    private static readonly string[] Own = [ShardingTelemetry.Name, LedgerTelemetry.Name, ClusterTelemetry.Name];

    /// <summary>Adds the exporters; without a collector nothing is traced.</summary>
    public static void Add(IServiceCollection services, SiloSettings settings)
    {
        OpenTelemetryBuilder telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService("mend-silo", serviceVersion: Version(), serviceInstanceId: settings.Cluster.SiloName)
                .AddAttributes(Shards(settings))
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics.AddMeter(Own).AddMeter(Orleans).AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter());
        if (settings.Telemetry.Otlp is not null)
        {
            telemetry.WithTracing(tracing => tracing.AddSource(Own).AddSource(Orleans + ".*")).UseOtlpExporter();
        }
    }

    /// <summary>The standard variables, protocol, headers, intervals and samplers among them; the exporter looks for them in the host's configuration.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Variables(SiloSettings settings) =>
    [
        .. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value))
            .Where(variable => variable.Key.StartsWith("OTEL_", StringComparison.Ordinal) && variable.Key != TelemetryOptions.EndpointVariable),
        KeyValuePair.Create(TelemetryOptions.EndpointVariable, settings.Telemetry.Otlp?.OriginalString),
    ];

    /// <summary>The shards that the silo is there for; without roles they may change, and metrics and spans say which they are about.</summary>
    private static IEnumerable<KeyValuePair<string, object>> Shards(SiloSettings settings) =>
        settings.Silo.Roles is { } roles ? [KeyValuePair.Create("mend.shard", (object)string.Join(',', roles))] : [];

    private static string? Version() => typeof(SiloTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
