using Mend.Ledger;

namespace Mend.Gateway;

/// <summary>A version of the model.</summary>
public sealed record VersionInfo
{
    /// <summary>Its number; 0 is the unedited model.</summary>
    public required long Version { get; init; }

    /// <summary>Its id as a model.</summary>
    public required string Model { get; init; }

    /// <summary>The version before it; null for the unedited model.</summary>
    public long? Parent { get; init; }

    /// <summary>base, edit, revert or consolidation.</summary>
    public required string Kind { get; init; }

    /// <summary>When it was committed; null for the unedited model.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Whether it is in effect at the newest version.</summary>
    public required bool IsLive { get; init; }

    /// <summary>The version that took it back, or null.</summary>
    public long? RevertedBy { get; init; }

    /// <summary>Its edits.</summary>
    public IReadOnlyList<VersionEdit> Edits { get; init; } = [];

    /// <summary>The versions that it takes back.</summary>
    public IReadOnlyList<long> Reverts { get; init; } = [];

    /// <summary>Of a consolidation, how many edits it is for.</summary>
    public int Consolidates { get; init; }

    /// <summary>Of a revert, who asked for it and why.</summary>
    public EditOrigin? Origin { get; init; }

    internal static VersionInfo Of(ServedModel served, LedgerEntry entry, IReadOnlyDictionary<ModelVersion, ModelVersion> reverted) => new()
    {
        Version = entry.Version.Number,
        Model = served.IdOf(entry.Version),
        Parent = entry.PreviousVersion.Number,
        Kind = entry.Kind.ToString().ToLowerInvariant(),
        Time = entry.Time,
        IsLive = !reverted.ContainsKey(entry.Version),
        RevertedBy = reverted.TryGetValue(entry.Version, out ModelVersion by) ? by.Number : null,
        Edits = [.. entry.Edits.Where(e => e.Consolidates is null).Select(VersionEdit.Of)],
        Reverts = [.. entry.Reverts.Select(v => v.Number)],
        Consolidates = entry.Edits.Sum(e => e.Consolidates?.Count ?? 0),
        Origin = entry.Origin,
    };

    internal static VersionInfo Base(ServedModel served) => new() { Version = 0, Model = served.IdOf(ModelVersion.Base), Kind = "base", IsLive = true };
}

/// <summary>An edit of a version.</summary>
/// <param name="Prompt">The prompt, as the model got it.</param>
/// <param name="Target">The answer.</param>
/// <param name="Key">The request's idempotency key, or null.</param>
/// <param name="Forced">Whether it was to be committed whatever it does.</param>
/// <param name="Origin">Who asked for it and why, or null.</param>
public sealed record VersionEdit(string Prompt, string Target, string? Key, bool Forced, EditOrigin? Origin)
{
    internal static VersionEdit Of(CommittedEdit edit) => new(edit.Prompt, edit.Target, edit.IdempotencyKey, edit.Forced == true, edit.Origin);

    /// <summary>Whether a text is in it somewhere.</summary>
    internal bool Holds(string text) => new[] { Prompt, Target, Key, Origin?.Author, Origin?.Reason, Origin?.Source }.Any(t => t?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);
}

/// <summary>A page of versions, the newest first.</summary>
/// <param name="Object">list.</param>
/// <param name="Data">The versions.</param>
/// <param name="Head">The newest version there is.</param>
/// <param name="NextCursor">What to give as cursor for the next page; null at the end.</param>
public sealed record VersionPage(string Object, IReadOnlyList<VersionInfo> Data, long Head, string? NextCursor);
