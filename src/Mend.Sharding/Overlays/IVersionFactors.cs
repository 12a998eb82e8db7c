using Mend.Editing;

namespace Mend.Sharding;

/// <summary>Where a shard learns which edits a version holds. Safe to use from several threads.</summary>
public interface IVersionFactors
{
    /// <summary>The factors of every edit that is active in a version, oldest first.</summary>
    /// <param name="version">The version; 0 is the base model.</param>
    /// <param name="owns">Whether a layer lives on the asking shard.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    Task<IReadOnlyList<EditFactors>> FactorsAsync(long version, Func<string, bool> owns, CancellationToken cancellationToken);
}

/// <summary>A model without a ledger: it has only version 0.</summary>
public sealed class BaseOnly : IVersionFactors
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<EditFactors>> FactorsAsync(long version, Func<string, bool> owns, CancellationToken cancellationToken) =>
        version == 0
            ? Task.FromResult<IReadOnlyList<EditFactors>>([])
            : throw new ArgumentOutOfRangeException(nameof(version), version, "This model has no ledger, so only version 0 exists; open it with a ledger.");
}
