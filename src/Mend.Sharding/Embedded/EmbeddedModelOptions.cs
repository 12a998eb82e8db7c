using Mend.Editing;
using Mend.Ledger;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>How a model is opened in this process.</summary>
public sealed record EmbeddedModelOptions
{
    /// <summary>The Hugging Face model folder.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>The editor file; null opens the model for reading and reverting only.</summary>
    public string? EditorFile { get; init; }

    /// <summary>Where versions are kept; null keeps them in memory, for as long as the model is open.</summary>
    public string? LedgerFolder { get; init; }

    /// <summary>Opens another store for versions than a folder; null for a folder or memory.</summary>
    public Func<ILedgerStore>? LedgerStore { get; init; }

    /// <summary>Number of shards.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>Where to compute; disposed with the model.</summary>
    public required IEngine Engine { get; init; }

    /// <summary>Limits of each shard.</summary>
    public ShardOptions Shard { get; init; } = new();

    /// <summary>How edits are gathered and published.</summary>
    public EditCoordinatorOptions Coordinator { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Another way to edit than the editor file, for comparisons; null uses the editor.</summary>
    public IEditMethod? Method { get; init; }

    /// <summary>Settings of the ledger.</summary>
    public EditLedgerOptions Ledger { get; init; } = new();
}
