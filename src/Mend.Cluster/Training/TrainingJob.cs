using Mend.Editing;

namespace Mend.Cluster;

/// <summary>An editor to be trained in a cluster.</summary>
public sealed record TrainingJob
{
    /// <summary>Edits to train on: JSON lines, or whatever else <see cref="EditRecordReader"/> reads.</summary>
    public required string Edits { get; init; }

    /// <summary>Edits to choose the best state by, in the same formats; null keeps the last state.</summary>
    public string? Validation { get; init; }

    /// <summary>
    /// The editor file to write, on the silo that trains. While the run goes on it is saved beside it, under the same name with .checkpoint;
    /// a job with the same output goes on from there.
    /// </summary>
    public required string Output { get; init; }

    /// <summary>Layers to edit: full names or patterns with *; empty for what is recommended for the model.</summary>
    public IReadOnlyList<string> Layers { get; init; } = [];

    /// <summary>How to train, the seed too.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Shape and start of the networks.</summary>
    public EditorOptions Editor { get; init; } = new();
}
