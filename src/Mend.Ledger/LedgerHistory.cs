using System.Diagnostics.CodeAnalysis;

namespace Mend.Ledger;

/// <summary>
/// All entries read so far, and what they mean. A version is in effect unless a later one in effect reverts it, so reverting
/// a revert brings back what it took (unless another revert in effect names it too: revert 1, revert that, revert 1 again, and
/// revert the second again leave version 1 with two reverts). Not safe to share between threads; knows no store and no clock.
/// </summary>
internal sealed class LedgerHistory
{
    private readonly List<LedgerEntry> _entries = [];
    private readonly Dictionary<string, (LedgerEntry Entry, CommittedEdit? Edit)> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<EditId, (LedgerEntry Entry, CommittedEdit Edit)> _byId = [];
    private readonly HashSet<StagedKey> _staged = [];
    private readonly List<Sha256Digest> _stored;

    /// <summary>Creates the history of an empty ledger.</summary>
    /// <param name="headerDigest">What entry 1 must name as the digest before it.</param>
    /// <param name="header">The header's bytes as they are stored.</param>
    public LedgerHistory(Sha256Digest headerDigest, ReadOnlySpan<byte> header)
    {
        HeadDigest = headerDigest;
        _stored = [Sha256Digest.Of(header)];
    }

    public ModelVersion Head => new(_entries.Count);

    /// <summary>Digest of the newest entry, or of the header.</summary>
    public Sha256Digest HeadDigest { get; private set; }

    /// <summary>The newest entry, or the header, as the store names it.</summary>
    public LedgerHead Stored => StoredAt(Head);

    /// <summary>A version that is not in the future, as the store named it.</summary>
    public LedgerHead StoredAt(ModelVersion version) => new(version, _stored[(int)version.Number]);

    /// <summary>Whether an entry names the newest one as the one before it.</summary>
    public bool Precedes(LedgerEntry entry) => entry.PreviousDigest == HeadDigest;

    /// <summary>Appends the entry after the head.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="digest">Its digest.</param>
    /// <param name="bytes">Its stored bytes.</param>
    /// <param name="location">Where they lie.</param>
    /// <exception cref="LedgerDamagedException">The entry does not follow the head.</exception>
    public void Append(LedgerEntry entry, Sha256Digest digest, ReadOnlySpan<byte> bytes, string location)
    {
        if (!Precedes(entry))
        {
            throw new LedgerDamagedException(
                location,
                $"It follows {entry.PreviousDigest}, but what is stored before it has {HeadDigest}: this or an earlier entry was replaced.",
                LedgerCodec.Restore);
        }

        _entries.Add(entry);
        _stored.Add(Sha256Digest.Of(bytes));
        HeadDigest = digest;
        if (entry.IdempotencyKey is { } key)
        {
            _byKey.TryAdd(key, (entry, null));
        }

        foreach (CommittedEdit edit in entry.Edits)
        {
            _byId.TryAdd(edit.Id, (entry, edit));
            _staged.UnionWith(edit.Factors.Select(factor => factor.Key));
            if (edit.IdempotencyKey is { } editKey)
            {
                _byKey.TryAdd(editKey, (entry, edit));
            }
        }
    }

    public IReadOnlyList<LedgerEntry> EntriesAfter(ModelVersion after) =>
        after >= Head ? [] : _entries.GetRange((int)after.Number, _entries.Count - (int)after.Number);

    /// <summary>Whether an entry names this staged file, in effect or not: a reverted edit may be brought back.</summary>
    public bool IsCommitted(StagedKey key) => _staged.Contains(key);

    /// <summary>The newest entry that takes an editor into use and is not reverted, or null.</summary>
    public LedgerEntry? Editor()
    {
        if (!_entries.Exists(entry => entry.Kind == LedgerEntryKind.Editor))
        {
            return null;
        }

        long[] revertedBy = RevertedBy(Head);
        return _entries.FindLast(entry => entry.Kind == LedgerEntryKind.Editor && revertedBy[entry.Version.Number] == 0);
    }

    /// <summary>The view of a version that is not in the future.</summary>
    public VersionView View(ModelVersion version)
    {
        long[] revertedBy = RevertedBy(version);
        List<ActiveEdit> active = [];
        List<ActiveEdit> consolidations = [];
        foreach (LedgerEntry entry in _entries.Take((int)version.Number).Where(entry => revertedBy[entry.Version.Number] == 0))
        {
            (entry.Kind == LedgerEntryKind.Consolidation ? consolidations : active).AddRange(entry.Edits.Select(edit => new ActiveEdit(entry.Version, edit)));
        }

        // Each is computed anew from the edits, so only one counts: the newest whose edits are all live. Edits that it does not know come behind it.
        HashSet<EditId> live = [.. active.Select(a => a.Edit.Id)];
        if (consolidations.FindLast(c => c.Edit.Consolidates!.All(live.Contains)) is { } consolidation)
        {
            HashSet<EditId> known = [.. consolidation.Edit.Consolidates!];
            active = [.. active.Where(a => known.Contains(a.Edit.Id)), consolidation, .. active.Where(a => !known.Contains(a.Edit.Id))];
        }

        return new VersionView(version, active) { Digest = version == ModelVersion.Base ? null : _stored[(int)version.Number] };
    }

    /// <summary>Checks that a version can be reverted at the head.</summary>
    /// <exception cref="UnknownVersionException">It is in the future or the base model.</exception>
    /// <exception cref="AlreadyRevertedException">It is not in effect.</exception>
    public void CheckRevertible(IEnumerable<ModelVersion> versions)
    {
        long[] revertedBy = RevertedBy(Head);
        foreach (ModelVersion version in versions)
        {
            if (version > Head || version == ModelVersion.Base)
            {
                throw new UnknownVersionException(version, Head);
            }

            if (revertedBy[version.Number] is var by and not 0)
            {
                throw new AlreadyRevertedException(version, new ModelVersion(by));
            }
        }
    }

    /// <summary>Finds the edit that an earlier request with this key or id committed.</summary>
    /// <exception cref="IdempotencyConflictException">The key or id was used for something else.</exception>
    public bool TryFindEdit(EditId? id, string? key, string prompt, string target, [NotNullWhen(true)] out ActiveEdit? found)
    {
        found = null;
        if (key is not null && _byKey.TryGetValue(key, out (LedgerEntry Entry, CommittedEdit? Edit) byKey))
        {
            found = Match(key, isEditId: false, byKey.Entry, byKey.Edit, prompt, target);
        }
        else if (id is { } wanted && _byId.TryGetValue(wanted, out (LedgerEntry Entry, CommittedEdit Edit) byId))
        {
            found = Match(wanted.Value, isEditId: true, byId.Entry, byId.Edit, prompt, target);
        }

        return found is not null;
    }

    /// <summary>Finds the revert that an earlier request with this key committed.</summary>
    /// <exception cref="IdempotencyConflictException">The key was used for something else.</exception>
    public bool TryFindRevert(string? key, IEnumerable<ModelVersion> versions, out ModelVersion found)
    {
        found = default;
        if (key is null || !_byKey.TryGetValue(key, out (LedgerEntry Entry, CommittedEdit? Edit) byKey))
        {
            return false;
        }

        if (!byKey.Entry.Reverts.Order().SequenceEqual(versions.Order()))
        {
            string was = byKey.Edit is null ? $"that one reverted {string.Join(", ", byKey.Entry.Reverts)}." : "that one was an edit.";
            throw new IdempotencyConflictException(key, isEditId: false, byKey.Entry.Version, was);
        }

        found = byKey.Entry.Version;
        return true;
    }

    private static ActiveEdit Match(string key, bool isEditId, LedgerEntry entry, CommittedEdit? edit, string prompt, string target)
    {
        string? difference = edit switch
        {
            null => "that one was a revert.",
            _ when edit.Prompt != prompt => "its prompt was another.",
            _ when edit.Target != target => "its target was another.",
            _ => null,
        };
        return difference is null
            ? new ActiveEdit(entry.Version, edit!)
            : throw new IdempotencyConflictException(key, isEditId, entry.Version, difference);
    }

    /// <summary>For each version up to this one, the version in effect that reverted it, or 0. Newest first, so each revert's own fate is known before its targets'.</summary>
    private long[] RevertedBy(ModelVersion version)
    {
        long[] revertedBy = new long[version.Number + 1];
        for (long number = version.Number; number > 0; number--)
        {
            if (revertedBy[number] == 0)
            {
                foreach (ModelVersion target in _entries[(int)number - 1].Reverts)
                {
                    if (revertedBy[target.Number] == 0)
                    {
                        revertedBy[target.Number] = number;
                    }
                }
            }
        }

        return revertedBy;
    }
}
