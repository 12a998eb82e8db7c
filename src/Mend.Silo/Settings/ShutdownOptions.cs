using System.ComponentModel;

namespace Mend.Silo;

/// <summary>How a silo ends.</summary>
internal sealed class ShutdownOptions
{
    [Description("How long the silo may take to stop: half of it for edits and passes that are running, the rest to leave the cluster.")]
    public TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(30);
}
