using System.ComponentModel;
using System.Net;

namespace Mend.Silo;

/// <summary>The HTTP endpoints /healthz and /readyz.</summary>
internal sealed class HealthOptions
{
    [Description("IP address that /healthz and /readyz are on. Unset: with development the loopback, else all of this machine.")]
    public IPAddress? Address { get; set; }

    [Description("HTTP port of /healthz and /readyz.")]
    [Port]
    public int Port { get; set; } = 8081;
}
