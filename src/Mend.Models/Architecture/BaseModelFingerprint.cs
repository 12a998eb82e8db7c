namespace Mend.Models;

/// <summary>
/// What identifies the base model that edits and editors are made for: named parts, for example
/// <c>config.json</c> → its digest, <c>weights</c> → a digest, <c>blocks</c> → 12. Two fingerprints are the same model when all
/// parts agree; the parts exist so that a mismatch can say what differs. A part that a release added later is compared where both
/// sides have it, so that ledgers and editors of earlier releases still open. Immutable, safe to share between threads.
/// </summary>
public sealed class BaseModelFingerprint : IEquatable<BaseModelFingerprint>
{
    /// <summary>Parts that earlier releases did not have: where one side lacks such a part, the others decide.</summary>
    private static readonly HashSet<string> Later = [ModelFingerprint.Options, ModelFingerprint.Tokenizer, ModelFingerprint.Content];

    private readonly SortedDictionary<string, string> _parts;

    /// <summary>Creates a fingerprint.</summary>
    /// <param name="name">A name for people, for example the checkpoint's folder name; not compared.</param>
    /// <param name="parts">The parts, at least one; copied.</param>
    /// <exception cref="ArgumentException">The name is empty or there is no part.</exception>
    public BaseModelFingerprint(string name, IEnumerable<KeyValuePair<string, string>> parts)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(parts);
        Name = name;
        _parts = new SortedDictionary<string, string>(new Dictionary<string, string>(parts), StringComparer.Ordinal);
        if (_parts.Count == 0)
        {
            throw new ArgumentException($"The fingerprint of '{name}' has no parts; give at least a digest of its configuration.", nameof(parts));
        }
    }

    /// <summary>A name for people; not compared, because a folder may be renamed.</summary>
    public string Name { get; }

    /// <summary>The parts, in ordinal order of their names.</summary>
    public IReadOnlyDictionary<string, string> Parts => _parts;

    /// <summary>The digest of all weights; null in fingerprints of releases that made none.</summary>
    public string? Content => _parts.GetValueOrDefault(ModelFingerprint.Content);

    /// <summary>What differs from another fingerprint, a line a part; empty when both are the same model.</summary>
    /// <param name="other">The fingerprint to compare with.</param>
    public IReadOnlyList<string> DifferencesFrom(BaseModelFingerprint other)
    {
        ArgumentNullException.ThrowIfNull(other);
        List<string> differences = [];
        foreach (string part in _parts.Keys.Union(other._parts.Keys).Order(StringComparer.Ordinal))
        {
            if (Later.Contains(part) && !(_parts.ContainsKey(part) && other._parts.ContainsKey(part)))
            {
                continue;
            }

            string mine = _parts.GetValueOrDefault(part, "(absent)");
            string theirs = other._parts.GetValueOrDefault(part, "(absent)");
            if (!string.Equals(mine, theirs, StringComparison.Ordinal))
            {
                differences.Add($"{part}: {mine} here, {theirs} there");
            }
        }

        return differences;
    }

    /// <inheritdoc/>
    public bool Equals(BaseModelFingerprint? other) => other is not null && DifferencesFrom(other).Count == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as BaseModelFingerprint);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach ((string part, string value) in _parts.Where(p => !Later.Contains(p.Key)))
        {
            hash.Add(part, StringComparer.Ordinal);
            hash.Add(value, StringComparer.Ordinal);
        }

        return hash.ToHashCode();
    }
}
