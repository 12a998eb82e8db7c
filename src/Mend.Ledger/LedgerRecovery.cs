namespace Mend.Ledger;

/// <summary>An entry that follows the damage in a log.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Entry">The entry; null when there is none of this version, or none that can be read.</param>
public sealed record EntryBeyond(ModelVersion Version, LedgerEntry? Entry);

/// <summary>What there is of a ledger.</summary>
public sealed record LedgerExamination
{
    /// <summary>The version up to which the log is whole.</summary>
    public required ModelVersion Whole { get; init; }

    /// <summary>What is wrong behind it, or null.</summary>
    public LedgerDamagedException? Damage { get; init; }

    /// <summary>What follows the damage and is lost when the log is recovered, oldest first.</summary>
    public IReadOnlyList<EntryBeyond> Beyond { get; init; } = [];

    /// <summary>Factors that whole entries name and that are gone: these versions cannot be served while their edits are live.</summary>
    public IReadOnlyList<(ModelVersion Version, StagedKey Factors)> MissingFactors { get; init; } = [];

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsWhole => Damage is null && MissingFactors.Count == 0;

    internal LedgerHead Newest { get; init; }
}

/// <summary>Looks at a ledger that does not open, and takes what follows the damage out of its log: what it held is lost, the rest goes on.</summary>
public static class LedgerRecovery
{
    /// <summary>Looks at all of a ledger and changes nothing.</summary>
    /// <param name="store">Where it lies; not disposed of.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="LedgerDamagedException">There is no header, or none that can be read: no entry can be told to be this ledger's.</exception>
    /// <exception cref="LedgerFormatException">The ledger is newer than this release.</exception>
    public static async Task<LedgerExamination> ExamineAsync(ILedgerStore store, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        byte[] header = await store.ReadHeaderAsync(cancellationToken).ConfigureAwait(false) ?? throw new LedgerDamagedException(
            store.Locate(LedgerItem.Header), "The header is missing.", "Restore it from a backup or from another copy of the ledger; without it no entry can be told to be this ledger's.");
        LedgerHistory history = new(LedgerCodec.DecodeHeader(header, store.Locate(LedgerItem.Header)).Digest, header);
        LedgerHead newest = await store.HeadAsync(cancellationToken).ConfigureAwait(false);
        LedgerDamagedException? damage = await ReadWholeAsync(store, history, newest.Version, cancellationToken).ConfigureAwait(false);
        List<EntryBeyond> beyond = [];
        for (ModelVersion version = history.Head.Next; version <= newest.Version; version = version.Next)
        {
            beyond.Add(new EntryBeyond(version, await ReadOrNullAsync(store, version, cancellationToken).ConfigureAwait(false)));
        }

        HashSet<StagedKey> there = [.. (await store.ListStagedAsync(cancellationToken).ConfigureAwait(false)).Select(staged => staged.Key)];
        return new LedgerExamination
        {
            Whole = history.Head,
            Damage = damage,
            Beyond = beyond,
            Newest = newest,
            MissingFactors = [.. history.EntriesAfter(ModelVersion.Base)
                .SelectMany(entry => entry.Edits.SelectMany(edit => edit.Factors).Select(factor => (entry.Version, factor.Key)))
                .Distinct().Where(named => !there.Contains(named.Key))],
        };
    }

    /// <summary>Takes what follows the damage out of the log. Processes that have read it refuse to go on until they open the ledger anew.</summary>
    /// <param name="store">Where the ledger lies; not disposed of.</param>
    /// <param name="found">What <see cref="ExamineAsync"/> found.</param>
    /// <param name="cancellationToken">Stops before the next entry.</param>
    /// <returns>Where what was taken out is kept.</returns>
    /// <exception cref="LedgerStoreException">The ledger is another one than was examined; nothing was changed.</exception>
    public static async Task<string> SetAsideAsync(ILedgerStore store, LedgerExamination found, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(found);
        LedgerHead now = await store.HeadAsync(cancellationToken).ConfigureAwait(false);
        return now == found.Newest
            ? await store.SetAsideAsync(found.Whole, cancellationToken).ConfigureAwait(false)
            : throw new LedgerStoreException(
                store.Locate(now.Version), $"the newest entry is {now} now and was {found.Newest} when the ledger was examined; nothing was changed. Stop what writes to it and examine it again.");
    }

    private static async Task<LedgerDamagedException?> ReadWholeAsync(ILedgerStore store, LedgerHistory history, ModelVersion newest, CancellationToken cancellationToken)
    {
        while (history.Head < newest)
        {
            ModelVersion next = history.Head.Next;
            string location = store.Locate(next);
            try
            {
                byte[] bytes = await store.ReadEntryAsync(next, cancellationToken).ConfigureAwait(false)
                    ?? throw new LedgerDamagedException(location, $"Version {next} is missing, but there is a version {newest}.", LedgerCodec.Restore);
                (LedgerEntry entry, Sha256Digest digest) = LedgerCodec.DecodeEntry(bytes, next, location);
                history.Append(entry, digest, bytes, location);
            }
            catch (LedgerDamagedException damage)
            {
                return damage;
            }
        }

        return null;
    }

    private static async Task<LedgerEntry?> ReadOrNullAsync(ILedgerStore store, ModelVersion version, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadEntryAsync(version, cancellationToken).ConfigureAwait(false) is { } bytes
                ? LedgerCodec.DecodeEntry(bytes, version, store.Locate(version)).Entry
                : null;
        }
        catch (LedgerDamagedException)
        {
            return null;
        }
    }
}
