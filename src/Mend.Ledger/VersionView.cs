namespace Mend.Ledger;

/// <summary>An edit that is part of a version.</summary>
/// <param name="CommittedAt">The version that committed the edit.</param>
/// <param name="Edit">The edit.</param>
public sealed record ActiveEdit(ModelVersion CommittedAt, CommittedEdit Edit);

/// <summary>
/// What a version consists of: the edits to put on top of the base model. A version's view never changes, so it may be
/// kept as long as wanted.
/// </summary>
/// <param name="Version">The version.</param>
/// <param name="Edits">The edits committed at or before the version and not reverted by it, by version and then in the order
/// of their entry. An edit that was reverted and brought back keeps its first place, so sums are formed in one order everywhere. The newest consolidation whose edits are all live comes behind these and before all other edits.</param>
public sealed record VersionView(ModelVersion Version, IReadOnlyList<ActiveEdit> Edits)
{
    /// <summary>Digest of the version's entry as it is stored: two histories may have a version of one number. Null for the base model.</summary>
    public Sha256Digest? Digest { get; init; }
}
