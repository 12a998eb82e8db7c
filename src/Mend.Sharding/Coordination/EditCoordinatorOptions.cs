namespace Mend.Sharding;

/// <summary>How a coordinator works.</summary>
public sealed record EditCoordinatorOptions
{
    /// <summary>Most edits of several callers that are computed in one pass and committed as one version; at least 1.</summary>
    public int BatchedEdits { get; init; } = 16;

    /// <summary>How long publishing a version may hold up the answer to its caller; shards that were not told read the ledger.</summary>
    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the value and its range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchedEdits, 1, nameof(BatchedEdits));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PublishTimeout, TimeSpan.Zero, nameof(PublishTimeout));
    }

    /// <summary>How callers go on once their edit has ended; a simulation lets them go on inside the coordinator's step.</summary>
    internal TaskCreationOptions Continuations { get; init; } = TaskCreationOptions.RunContinuationsAsynchronously;

    /// <summary>Draws an edit's id; a simulation draws it from its seed.</summary>
    internal Func<DateTimeOffset, Guid> NewId { get; init; } = Guid.CreateVersion7;
}
