using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>
/// Learns versions from a ledger. Keeps the factors it has read lately, so that a new version costs reading only what is
/// new. Safe to use from several threads.
/// </summary>
public sealed class LedgerFactors : IVersionFactors
{
    /// <summary>Bytes of factors kept in memory.</summary>
    private const long KeptBytes = 256L << 20;

    private readonly EditLedger _ledger;
    private readonly Dictionary<FactorReference, EditFactors> _kept = [];
    private readonly Lock _lock = new();
    private long _keptBytes;

    /// <summary>Creates the reader.</summary>
    /// <param name="ledger">The ledger; not disposed with it.</param>
    public LedgerFactors(EditLedger ledger) => _ledger = ledger;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<EditFactors>> FactorsAsync(long version, Func<string, bool> owns, CancellationToken cancellationToken)
    {
        VersionView view = await _ledger.ViewAsync(new ModelVersion(version), cancellationToken).ConfigureAwait(false);
        List<FactorReference> wanted = [.. view.Edits.SelectMany(e => e.Edit.Factors).Where(f => owns(f.Layer))];
        Dictionary<FactorReference, EditFactors> found = [];
        lock (_lock)
        {
            foreach (FactorReference reference in wanted)
            {
                if (_kept.TryGetValue(reference, out EditFactors? factors))
                {
                    found[reference] = factors;
                }
            }
        }

        List<FactorReference> missing = [.. wanted.Where(r => !found.ContainsKey(r)).Distinct()];
        IReadOnlyList<EditFactors> read = missing.Count == 0 ? [] : await _ledger.LoadFactorsAsync(missing, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            for (int i = 0; i < missing.Count; i++)
            {
                found[missing[i]] = read[i];
                if (_keptBytes + missing[i].Bytes <= KeptBytes && _kept.TryAdd(missing[i], read[i]))
                {
                    _keptBytes += missing[i].Bytes;
                }
            }
        }

        return [.. wanted.Select(r => found[r])];
    }
}
