namespace Mend.Ledger;

/// <summary>A version is not in effect any more, so it can not be reverted again.</summary>
public sealed class AlreadyRevertedException : LedgerException
{
    internal AlreadyRevertedException(ModelVersion version, ModelVersion revertedBy)
        : base($"Version {version} was reverted by version {revertedBy} already. To bring it back, revert version {revertedBy}.")
    {
        Version = version;
        RevertedBy = revertedBy;
    }

    /// <summary>The version asked to be reverted.</summary>
    public ModelVersion Version { get; }

    /// <summary>The version that reverted it and is in effect.</summary>
    public ModelVersion RevertedBy { get; }
}
