using System.Text.Json.Serialization;

namespace Mend.Ledger;

/// <summary>
/// Where one layer's edit factors of one edit are stored. One staged file holds all layers of one shard, so references of
/// the same shard share a digest. Compared by value.
/// </summary>
public sealed record FactorReference
{
    /// <summary>The only algorithm that has a name so far.</summary>
    internal const string Joint = "joint";

    /// <summary>The edit the factors were staged for.</summary>
    public required EditId Edit { get; init; }

    /// <summary>The edited parameter's full name in the checkpoint.</summary>
    public required string Layer { get; init; }

    /// <summary>The index of the shard that staged the factors. Tells where they lie; which shard applies them later is free to change.</summary>
    public required int Shard { get; init; }

    /// <summary>Digest of the staged file.</summary>
    public required Sha256Digest Digest { get; init; }

    /// <summary>Number of rank-one terms, at least 0.</summary>
    public required int Rank { get; init; }

    /// <summary>Inputs of the layer.</summary>
    public required int Inputs { get; init; }

    /// <summary>Outputs of the layer.</summary>
    public required int Outputs { get; init; }

    /// <summary>Bytes of this layer's factors.</summary>
    public required long Bytes { get; init; }

    /// <summary>
    /// How the edit's factors make a version's change: null where they are added as they stand, "joint" where those of all live edits are
    /// solved together (<see cref="Mend.Editing.JointSolve"/>).
    /// </summary>
    public string? Algorithm { get; init; }

    /// <summary>The staged file this layer's factors lie in.</summary>
    [JsonIgnore]
    public StagedKey Key => new(Edit, Shard, Digest);
}
