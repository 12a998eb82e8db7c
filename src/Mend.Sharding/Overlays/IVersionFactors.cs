using Mend.Editing;

namespace Mend.Sharding;

/// <summary>Where a shard learns which edits a version holds. Safe to use from several threads.</summary>
public interface IVersionFactors
{
    /// <summary>The factors of every edit that is active in a version, oldest first.</summary>
    /// <param name="version">The version; 0 is the base model.</param>
    /// <param name="owns">Whether a layer lives on the asking shard.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    Task<VersionFactors> FactorsAsync(long version, Func<string, bool> owns, CancellationToken cancellationToken);
}

/// <summary>What a version does to the layers of a shard.</summary>
/// <param name="Digest">Digest of the version's entry in the ledger, so that two histories of one number are told apart; null where there is no entry.</param>
/// <param name="Factors">The factors of every edit that is active in it, oldest first.</param>
public sealed record VersionFactors(string? Digest, IReadOnlyList<EditFactors> Factors)
{
    /// <summary>The base model.</summary>
    public static VersionFactors None { get; } = new(null, []);
}

/// <summary>A model without a ledger: it has only version 0.</summary>
public sealed class BaseOnly : IVersionFactors
{
    /// <inheritdoc/>
    public Task<VersionFactors> FactorsAsync(long version, Func<string, bool> owns, CancellationToken cancellationToken) =>
        version == 0
            ? Task.FromResult(VersionFactors.None)
            : throw new ArgumentOutOfRangeException(nameof(version), version, "This model has no ledger, so only version 0 exists; open it with a ledger.");
}
