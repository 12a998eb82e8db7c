namespace Mend.Ledger;

/// <summary>
/// The newest entry of a log: its number, and which one it is. A log that lost its tail and was written on may have another entry of
/// the same number. Compared by value.
/// </summary>
/// <param name="Version">The entry's version; <see cref="ModelVersion.Base"/> when there is none.</param>
/// <param name="Digest">Digest of the entry's stored bytes; of the header's when there is no entry, and null when there is no header either.</param>
public readonly record struct LedgerHead(ModelVersion Version, Sha256Digest? Digest)
{
    /// <summary>Of a place where nothing was written yet.</summary>
    public static readonly LedgerHead Nothing;

    /// <summary>The head of a log whose newest entry has these bytes.</summary>
    /// <param name="version">The entry's version, or <see cref="ModelVersion.Base"/>.</param>
    /// <param name="bytes">The entry, or the header; null for none.</param>
    public static LedgerHead Of(ModelVersion version, byte[]? bytes) => new(version, bytes is null ? null : Sha256Digest.Of(bytes));

    /// <inheritdoc/>
    public override string ToString() => $"version {Version} ({(Digest is { } digest ? digest.ToString() : "no header")})";
}
