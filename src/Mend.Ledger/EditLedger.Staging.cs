using System.Diagnostics;
using Mend.Editing;

namespace Mend.Ledger;

public sealed partial class EditLedger
{
    /// <summary>
    /// Stages a shard's factors of an edit: durable when this returns, which is the shard's vote. Repeating it with equal factors
    /// changes nothing; other factors are staged beside the first, and only what the commit names counts.
    /// </summary>
    /// <param name="edit">The edit.</param>
    /// <param name="shard">The index of the shard, at least 0.</param>
    /// <param name="factors">The factors, one a layer, at least one; not kept.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    /// <returns>A reference for each layer, in the order given, to be named in the commit.</returns>
    /// <exception cref="ArgumentException">There are no factors, or two for one layer.</exception>
    public async Task<IReadOnlyList<FactorReference>> PrepareAsync(
        EditId edit, int shard, IReadOnlyList<EditFactors> factors, CancellationToken cancellationToken = default)
    {
        _ = edit.Value;
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentNullException.ThrowIfNull(factors);
        if (factors.Count == 0 || factors.Select(layer => layer.Layer).Distinct(StringComparer.Ordinal).Count() != factors.Count)
        {
            throw new ArgumentException($"Shard {shard} needs factors for at least one layer, and one set a layer.", nameof(factors));
        }

        long start = _time.GetTimestamp();
        string outcome = LedgerTelemetry.FailedOutcome;
        using Activity? activity = LedgerTelemetry.Source.StartActivity("mend.ledger.prepare")?
            .SetTag(LedgerTelemetry.EditTag, edit.Value)
            .SetTag(LedgerTelemetry.ShardTag, shard);
        try
        {
            byte[] bytes = FactorCodec.Encode(factors);
            StagedKey key = new(edit, shard, Sha256Digest.Of(bytes));
            await _store.StageAsync(key, bytes, cancellationToken).ConfigureAwait(false);
            LedgerTelemetry.StagedBytes.Add(bytes.Length);
            outcome = "prepared";
            return [.. factors.Select(layer => Refer(key, layer))];
        }
        finally
        {
            LedgerTelemetry.Record(LedgerTelemetry.PrepareDuration, _time, start, outcome);
        }
    }

    /// <summary>Reads one layer's factors and checks their digest.</summary>
    /// <param name="reference">Where they lie.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="LedgerDamagedException">The file is missing or not what was staged.</exception>
    public async Task<EditFactors> LoadFactorsAsync(FactorReference reference, CancellationToken cancellationToken = default) =>
        (await LoadFactorsAsync([reference], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Reads the factors of several layers, each staged file once.</summary>
    /// <param name="references">Where they lie.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The factors, in the order of the references.</returns>
    /// <exception cref="LedgerDamagedException">A file is missing or not what was staged.</exception>
    public async Task<IReadOnlyList<EditFactors>> LoadFactorsAsync(
        IReadOnlyList<FactorReference> references, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(references);
        EditFactors[] loaded = new EditFactors[references.Count];
        foreach (IGrouping<StagedKey, int> file in Enumerable.Range(0, references.Count).GroupBy(index => references[index].Key))
        {
            Dictionary<string, EditFactors> layers = await LoadFileAsync(file.Key, cancellationToken).ConfigureAwait(false);
            foreach (int index in file)
            {
                FactorReference reference = references[index];
                loaded[index] = layers.TryGetValue(reference.Layer, out EditFactors? layer) && Refer(file.Key, layer) == reference
                    ? layer
                    : throw Damaged(file.Key, $"The file has no factors of rank {reference.Rank} for '{reference.Layer}' [{reference.Outputs}, {reference.Inputs}].");
            }
        }

        return loaded;
    }

    private static FactorReference Refer(StagedKey key, EditFactors layer) => new()
    {
        Edit = key.Edit,
        Layer = layer.Layer,
        Shard = key.Shard,
        Digest = key.Digest,
        Rank = layer.Rank,
        Inputs = layer.Inputs,
        Outputs = layer.Outputs,
        Bytes = FactorCodec.SizeOf(layer),
        Algorithm = layer.Joint is null ? null : FactorReference.Joint,
    };

    private async Task<Dictionary<string, EditFactors>> LoadFileAsync(StagedKey key, CancellationToken cancellationToken)
    {
        byte[] bytes = await _store.ReadStagedAsync(key, cancellationToken).ConfigureAwait(false)
            ?? throw Damaged(key, "The file is missing.");
        Sha256Digest actual = Sha256Digest.Of(bytes);
        if (actual != key.Digest)
        {
            throw Damaged(key, $"The file has digest {actual}, wanted {key.Digest}: it was altered.");
        }

        try
        {
            return FactorCodec.Decode(bytes);
        }
        catch (InvalidDataException error)
        {
            throw Damaged(key, error.Message, error);
        }
    }

    private LedgerDamagedException Damaged(StagedKey key, string damage, Exception? inner = null) => new(
        _store.Locate(key),
        damage,
        $"Restore the file from a backup or from another copy of the ledger. If there is none: where edit {key.Edit} is committed, revert its version and " +
        "commit the edit anew; where it is not, prepare it again.",
        inner);
}
