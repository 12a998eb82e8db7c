namespace Mend.Ledger;

/// <summary>One edit as a ledger entry names it. Immutable; <see cref="Factors"/> compares by reference.</summary>
public sealed record CommittedEdit
{
    /// <summary>The edit's id; no two committed edits share one.</summary>
    public required EditId Id { get; init; }

    /// <summary>
    /// The request's idempotency key, 1 to 200 characters, or null. A second commit with this key returns the version of the first.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The prompt whose answer the edit changes.</summary>
    public required string Prompt { get; init; }

    /// <summary>The answer the edit teaches.</summary>
    public required string Target { get; init; }

    /// <summary>True where the edit was to be committed whatever it does; null else.</summary>
    public bool? Forced { get; init; }

    /// <summary>Who asked for the edit and why; null where that was not said.</summary>
    public EditOrigin? Origin { get; init; }

    /// <summary>
    /// Of a consolidation, the edits that it was computed for: it is part of a version only where all of them are. Null for an edit. A
    /// consolidation has no prompt and no target.
    /// </summary>
    public IReadOnlyList<EditId>? Consolidates { get; init; }

    /// <summary>The factors, one reference per edited layer, at least one.</summary>
    public required IReadOnlyList<FactorReference> Factors { get; init; }
}
