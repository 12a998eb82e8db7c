using System.ComponentModel;
using System.Net;

namespace Mend.Silo;

/// <summary>The HTTP endpoints /healthz, /readyz and /metrics.</summary>
internal sealed class HealthOptions
{
    [Description("IP address that /healthz, /readyz and /metrics are on. Unset: with development the loopback, else all of this machine.")]
    public IPAddress? Address { get; set; }

    [Description("HTTP port of /healthz, /readyz and /metrics.")]
    [Port]
    public int Port { get; set; } = 8081;
}
