namespace Mend.Silo;

/// <summary>The HTTP endpoints /healthz and /readyz.</summary>
internal sealed class HealthOptions
{
    /// <summary>Their port, on all addresses of the machine.</summary>
    public int Port { get; set; } = 8081;
}
