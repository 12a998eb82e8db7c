using System.ComponentModel;

namespace Mend.Silo;

/// <summary>Where traces and metrics go.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>The standard environment variable, which stands in where <see cref="Otlp"/> is not set.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    [Description($"OTLP endpoint for traces and metrics. Unset: {EndpointVariable}, and without that nothing is exported.")]
    public Uri? Otlp { get; set; }
}
