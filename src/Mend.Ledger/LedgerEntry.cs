using System.Text.Json.Serialization;

namespace Mend.Ledger;

/// <summary>What a ledger entry does. A reader that meets a kind it does not know must refuse the ledger.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LedgerEntryKind>))]
public enum LedgerEntryKind
{
    /// <summary>Adds edits.</summary>
    [JsonStringEnumMemberName("edit")]
    Edit,

    /// <summary>Takes earlier versions back.</summary>
    [JsonStringEnumMemberName("revert")]
    Revert,

    /// <summary>Improves what live edits do together, without adding one.</summary>
    [JsonStringEnumMemberName("consolidation")]
    Consolidation,

    /// <summary>Takes an editor into use; changes no answer.</summary>
    [JsonStringEnumMemberName("editor")]
    Editor,
}

/// <summary>
/// One version in the ledger: either edits or a revert. Immutable once committed. Its stored form is JSON and described at
/// <c>LedgerCodec</c>; the lists compare by reference.
/// </summary>
public sealed record LedgerEntry
{
    /// <summary>The version this entry makes, at least 1.</summary>
    public required ModelVersion Version { get; init; }

    /// <summary>Digest of the entry before it, or of the header for version 1: a chain, so an altered history is noticed.</summary>
    public required Sha256Digest PreviousDigest { get; init; }

    /// <summary>When it was committed, in UTC by the committer's clock; for people only, never used for ordering.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What the entry does.</summary>
    public required LedgerEntryKind Kind { get; init; }

    /// <summary>The edits of an <see cref="LedgerEntryKind.Edit"/> entry, at least one, in the order they are applied; of a <see cref="LedgerEntryKind.Consolidation"/> the one that stands for it; else empty.</summary>
    public IReadOnlyList<CommittedEdit> Edits { get; init; } = [];

    /// <summary>The versions a <see cref="LedgerEntryKind.Revert"/> entry takes back, at least one, ascending; else empty.</summary>
    public IReadOnlyList<ModelVersion> Reverts { get; init; } = [];

    /// <summary>The revert request's idempotency key, or null; edits carry their own.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Who asked for a revert and why; null where that was not said. Edits carry their own.</summary>
    public EditOrigin? Origin { get; init; }

    /// <summary>The editor that an <see cref="LedgerEntryKind.Editor"/> entry takes into use; else null.</summary>
    public LedgerEditor? Editor { get; init; }

    /// <summary>The version before this one.</summary>
    [JsonIgnore]
    public ModelVersion PreviousVersion => new(Version.Number - 1);
}
