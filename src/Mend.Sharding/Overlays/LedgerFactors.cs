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
    private const long MostBytes = 256L << 20;

    private readonly EditLedger _ledger;
    private readonly Dictionary<FactorReference, LinkedListNode<(FactorReference Reference, EditFactors Factors)>> _kept = [];
    private readonly LinkedList<(FactorReference Reference, EditFactors Factors)> _byUse = [];
    private readonly Lock _lock = new();
    private readonly long _mostBytes;

    /// <summary>Creates the reader.</summary>
    /// <param name="ledger">The ledger; not disposed with it.</param>
    public LedgerFactors(EditLedger ledger)
        : this(ledger, MostBytes)
    {
    }

    internal LedgerFactors(EditLedger ledger, long mostBytes)
    {
        _ledger = ledger;
        _mostBytes = mostBytes;
    }

    /// <summary>Bytes of factors kept now.</summary>
    internal long KeptBytes { get; private set; }

    /// <inheritdoc/>
    public async Task<VersionFactors> FactorsAsync(long version, Func<string, bool> owns, CancellationToken cancellationToken)
    {
        VersionView view = await _ledger.ViewAsync(new ModelVersion(version), cancellationToken).ConfigureAwait(false);
        List<FactorReference> wanted = [.. view.Edits.SelectMany(e => e.Edit.Factors).Where(f => owns(f.Layer))];
        Dictionary<FactorReference, EditFactors> found = [];
        lock (_lock)
        {
            foreach (FactorReference reference in wanted)
            {
                if (_kept.TryGetValue(reference, out LinkedListNode<(FactorReference Reference, EditFactors Factors)>? node))
                {
                    found[reference] = node.Value.Factors;
                    _byUse.Remove(node);
                    _byUse.AddLast(node);
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
                Keep(missing[i], read[i]);
            }
        }

        return new VersionFactors(view.Digest?.Hex, [.. wanted.Select(r => found[r])]);
    }

    /// <summary>Keeps factors and lets go of those that were not asked for the longest.</summary>
    private void Keep(FactorReference reference, EditFactors factors)
    {
        if (reference.Bytes > _mostBytes || _kept.ContainsKey(reference))
        {
            return;
        }

        _kept[reference] = _byUse.AddLast((reference, factors));
        KeptBytes += reference.Bytes;
        while (KeptBytes > _mostBytes && _byUse.First is { } oldest)
        {
            _byUse.RemoveFirst();
            _kept.Remove(oldest.Value.Reference);
            KeptBytes -= oldest.Value.Reference.Bytes;
        }
    }
}
