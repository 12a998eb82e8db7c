using System.Reflection;
using Mend.Cluster;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mend.Silo;

/// <summary>Exports what the project and Orleans trace and measure.</summary>
internal static class SiloTelemetry
{
    private const string Orleans = "Microsoft.Orleans";

    private static readonly string[] Own = [ShardingTelemetry.Name, LedgerTelemetry.Name, ClusterTelemetry.Name];

    /// <summary>Adds the exporter where a collector is named; without one nothing is traced.</summary>
    public static void Add(IServiceCollection services, SiloSettings settings)
    {
        if (settings.Telemetry.Otlp is not { } collector)
        {
            return;
        }

        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("mend-silo", serviceVersion: Version(), serviceInstanceId: settings.Cluster.SiloName).AddAttributes(Shards(settings)))
            .WithTracing(tracing => tracing.AddSource(Own).AddSource(Orleans + ".*"))
            .WithMetrics(metrics => metrics.AddMeter(Own).AddMeter(Orleans))
            .UseOtlpExporter(Protocol(), collector);
    }

    /// <summary>The shards that the silo is there for; without roles they may change, and metrics and spans say which they are about.</summary>
    private static IEnumerable<KeyValuePair<string, object>> Shards(SiloSettings settings) =>
        settings.Silo.Roles is { } roles ? [KeyValuePair.Create("mend.shard", (object)string.Join(',', roles))] : [];

    private static OtlpExportProtocol Protocol() =>
        Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL") == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;

    private static string? Version() => typeof(SiloTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
}
