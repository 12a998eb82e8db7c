namespace Mend.Silo;

/// <summary>How a silo ends.</summary>
internal sealed class ShutdownOptions
{
    /// <summary>How long passes that are running may take to end, once the silo was told to stop.</summary>
    public TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(30);
}
