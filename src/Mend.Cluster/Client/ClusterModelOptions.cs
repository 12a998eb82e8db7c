namespace Mend.Cluster;

/// <summary>How a client uses a cluster.</summary>
public sealed record ClusterModelOptions
{
    /// <summary>The model's name in the cluster.</summary>
    public string Model { get; init; } = "default";

    /// <summary>How long a call is sent again when it fails for reasons that pass: a silo that restarts, a busy engine. Zero sends once.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
