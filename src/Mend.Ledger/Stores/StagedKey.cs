namespace Mend.Ledger;

/// <summary>
/// Names one file of staged factors. The digest is part of the name, so a staged file is never overwritten by other bytes: a
/// late or repeated prepare can not damage what a commit refers to.
/// </summary>
/// <param name="Edit">The edit.</param>
/// <param name="Shard">The index of the shard that staged them, at least 0.</param>
/// <param name="Digest">Digest of the bytes.</param>
public readonly record struct StagedKey(EditId Edit, int Shard, Sha256Digest Digest)
{
    /// <inheritdoc/>
    public override string ToString() => $"factors of edit {Edit}, shard {Shard}, {Digest}";
}

/// <summary>A staged file as <see cref="ILedgerStore.ListStagedAsync"/> reports it.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="StagedAt">When it was first written, by the clock of who wrote it.</param>
public sealed record StagedFactors(StagedKey Key, long Bytes, DateTimeOffset StagedAt);
