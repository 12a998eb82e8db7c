using System.ComponentModel;

namespace Mend.Silo;

/// <summary>The HTTP endpoints /healthz and /readyz, on all addresses of the machine.</summary>
internal sealed class HealthOptions
{
    [Description("HTTP port of /healthz and /readyz.")]
    [Port]
    public int Port { get; set; } = 8081;
}
