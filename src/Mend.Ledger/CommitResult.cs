namespace Mend.Ledger;

/// <summary>How a commit ended.</summary>
public enum CommitStatus
{
    /// <summary>The edits are committed, by this try or by one before it under the same ids; <see cref="CommitResult.Version"/> holds them.</summary>
    Committed,

    /// <summary>
    /// Nothing was done: an earlier request with the same idempotency key committed already.
    /// <see cref="CommitResult.AlreadyCommitted"/> says which edits, and at which version.
    /// </summary>
    AlreadyCommitted,

    /// <summary>Nothing was done: another commit came first. Start again from the gradient pass at <see cref="CommitResult.Version"/>.</summary>
    HeadMoved,
}

/// <summary>The outcome of <see cref="EditLedger.CommitAsync"/>.</summary>
public sealed record CommitResult
{
    /// <summary>How the commit ended.</summary>
    public required CommitStatus Status { get; init; }

    /// <summary>
    /// Committed: the new version. AlreadyCommitted: the version that holds the first edit named in <see cref="AlreadyCommitted"/>.
    /// HeadMoved: the head now.
    /// </summary>
    public required ModelVersion Version { get; init; }

    /// <summary>
    /// Which of the asked edits (by the id asked with) an earlier commit holds, and at which version; empty unless the status is
    /// AlreadyCommitted. When this names only some edits of a batch, none of the others was committed: leave the named ones out and try again.
    /// </summary>
    public IReadOnlyDictionary<EditId, ModelVersion> AlreadyCommitted { get; init; } = new Dictionary<EditId, ModelVersion>();
}
