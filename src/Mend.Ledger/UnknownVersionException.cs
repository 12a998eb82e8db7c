namespace Mend.Ledger;

/// <summary>A version was asked for that the ledger does not have: one in the future, or the base model where an entry is needed.</summary>
public sealed class UnknownVersionException : LedgerException
{
    internal UnknownVersionException(ModelVersion version, ModelVersion head)
        : base(version > head
            ? $"There is no version {version} yet; the head is version {head}. Ask for 1 to {head}."
            : $"Version {version} is the base model, which no entry made; there is nothing to take back. Name a version from 1 to {head}.")
    {
        Version = version;
        Head = head;
    }

    /// <summary>The version asked for.</summary>
    public ModelVersion Version { get; }

    /// <summary>The ledger's head when it was asked.</summary>
    public ModelVersion Head { get; }

    /// <summary>Whether the version lies in the future (else it is the base model).</summary>
    public bool IsFuture => Version > Head;
}
