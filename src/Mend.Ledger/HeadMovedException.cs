namespace Mend.Ledger;

/// <summary>A change was asked for on one version only, and another one is the head. Nothing was changed.</summary>
public sealed class HeadMovedException : LedgerException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="expected">The version that the change was for.</param>
    /// <param name="head">The head.</param>
    public HeadMovedException(ModelVersion expected, ModelVersion head)
        : base($"The change was asked for on version {expected} only, but the head is version {head}; nothing was changed. Look at what came since, and ask again for version {head}.")
    {
        Expected = expected;
        Head = head;
    }

    /// <summary>The version that the change was for.</summary>
    public ModelVersion Expected { get; }

    /// <summary>The head when it was looked at.</summary>
    public ModelVersion Head { get; }
}
