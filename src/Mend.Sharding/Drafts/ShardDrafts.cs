using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>
/// A shard's part of the commit protocol: the drafts it keeps of edits at work, and its vote for one. Knows nothing of how they
/// are computed. Safe to use from several threads.
/// </summary>
/// <param name="shard">The shard's index.</param>
/// <param name="ledger">Where factors are staged; null for a shard that cannot prepare.</param>
/// <param name="options">How long drafts are kept.</param>
/// <param name="time">The clock they age by.</param>
internal sealed class ShardDrafts(int shard, EditLedger? ledger, ShardOptions options, TimeProvider time)
{
    private readonly DraftStore _kept = new(time, options.DraftLifetime);

    public int Count => _kept.Count;

    public void Keep(string name, Draft draft) => _kept.Keep(name, draft);

    /// <exception cref="DraftLostException">It is not kept here.</exception>
    public Draft Find(string name) => _kept.TryGet(name, out Draft? found) ? found : throw new DraftLostException(shard, name);

    /// <summary>A draft's factors of this shard, at its strength.</summary>
    public IReadOnlyList<EditFactors> Factors(KeptDraft draft) =>
        [.. Find(draft.Name).Factors.Select(f => draft.Strength == 1 ? f : f.Times(draft.Strength))];

    /// <inheritdoc cref="IShard.PrepareAsync"/>
    public async Task<IReadOnlyList<FactorReference>> PrepareAsync(EditId edit, KeptDraft draft, CancellationToken cancellationToken)
    {
        EditLedger stage = ledger ?? throw new InvalidOperationException($"Shard {shard} was opened without a ledger and cannot store edits.");
        IReadOnlyList<EditFactors> factors = Factors(draft);

        if (factors.FirstOrDefault(f => !f.IsFinite) is { } broken)
        {
            throw new EditRequestException($"The edit of layer '{broken.Layer}' came out with numbers that are not finite; nothing was committed. Word the prompt or the answer otherwise.");
        }

        // Most experts of a mixture have no part in an edit; a shard none of whose layers has one still votes.
        List<EditFactors> telling = [.. factors.Where(f => f.Rank > 0)];
        return await stage.PrepareAsync(edit, shard, telling.Count > 0 ? telling : factors, cancellationToken).ConfigureAwait(false);
    }

    public void Discard(IEnumerable<string> names) => _kept.Discard(names);

    /// <summary>A pass with the factors of this shard in place of the drafts that it names.</summary>
    public Pass Resolve(Pass pass) => pass.DraftsBefore.Count == 0 && pass.DraftOnTop is null ? pass : pass with
    {
        Before = [.. pass.Before, .. pass.DraftsBefore.Where(Owns).SelectMany(Factors)],
        Preview = pass.DraftOnTop is { } draft ? Owns(draft) ? Factors(draft) : [] : pass.Preview,
    };

    private bool Owns(KeptDraft draft) => draft.Shards.Contains(shard);
}
