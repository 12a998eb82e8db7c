namespace Mend.Ledger;

/// <summary>How an append ended.</summary>
public enum AppendOutcome
{
    /// <summary>The entry is durable and visible to everybody.</summary>
    Appended,

    /// <summary>Another entry has this version; nothing was written.</summary>
    VersionTaken,

    /// <summary>A staged file that the entry names is gone, or so old that it may be about to go; nothing was written.</summary>
    StagedMissing,

    /// <summary>The entry before it is not the one that the caller knows, or is not there: the log lost its tail. Nothing was written.</summary>
    PreviousMissing,
}

/// <summary>How a removal ended.</summary>
public enum RemoveStatus
{
    /// <summary>What was old enough is gone.</summary>
    Removed,

    /// <summary>Entries were appended since; no staged file was removed.</summary>
    HeadMoved,

    /// <summary>Others were at work all the time, and are not to wait; no staged file was removed.</summary>
    Busy,
}

/// <summary>What <see cref="ILedgerStore.RemoveStagedAsync"/> did.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Files">Staged files removed.</param>
/// <param name="Bytes">Their length.</param>
/// <param name="Temporary">Old unfinished files removed.</param>
public readonly record struct RemoveOutcome(RemoveStatus Status, int Files, long Bytes, int Temporary);

/// <summary>
/// Where a ledger lies: a log of entries that are created and never changed, staged factors, and notes beside the versions. A store knows nothing about
/// what the bytes mean; <see cref="EditLedger"/> does. Every method may be called from several threads and processes at once,
/// may be repeated after a failure whose outcome is unknown, and is one step: a process that dies inside one leaves it done or not done.
/// An instance stands for one process.
/// </summary>
public interface ILedgerStore : IAsyncDisposable
{
    /// <summary>Reads the header; null when the ledger does not exist.</summary>
    ValueTask<byte[]?> ReadHeaderAsync(CancellationToken cancellationToken);

    /// <summary>Creates the header, durably, if there is none.</summary>
    /// <returns>False: there is one already; nothing was written.</returns>
    ValueTask<bool> CreateHeaderAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken);

    /// <summary>The newest entry. Sees every append that ended before the call, and whatever became of the log since: a lost tail, another one in its place.</summary>
    ValueTask<LedgerHead> HeadAsync(CancellationToken cancellationToken);

    /// <summary>Reads an entry; null when there is none of this version.</summary>
    ValueTask<byte[]?> ReadEntryAsync(ModelVersion version, CancellationToken cancellationToken);

    /// <summary>Reads entries in order, from the one after a version on: as many as the store gives in one step, so a long history needs few.</summary>
    /// <param name="after">The version before the first one read.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The entries, ending before the first that is not there; empty when the first is not.</returns>
    async ValueTask<IReadOnlyList<byte[]>> ReadEntriesAsync(ModelVersion after, CancellationToken cancellationToken) =>
        await ReadEntryAsync(after.Next, cancellationToken).ConfigureAwait(false) is { } entry ? [entry] : [];

    /// <summary>
    /// The commit: creates the entry that follows another if its version is free, that other one is still the one before it, and every staged
    /// file it names is there, as one atomic and durable step. Of all calls with one version at most one ends with
    /// <see cref="AppendOutcome.Appended"/>. Excludes <see cref="RemoveStagedAsync"/>.
    /// </summary>
    /// <param name="previous">The entry before it, as the caller knows it.</param>
    /// <param name="entry">The entry's bytes.</param>
    /// <param name="staged">The staged files the entry names.</param>
    /// <param name="stagedSince">When they must have been staged at the earliest. It keeps an entry far from what a removal takes, where the two
    /// cannot see each other: on a file system whose locks do not reach other machines. A store that excludes them everywhere need not look.</param>
    /// <param name="cancellationToken">Looked at before the first write only.</param>
    ValueTask<AppendOutcome> AppendAsync(
        LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken);

    /// <summary>Stores factors durably under their key. Does nothing when they are there already: they are as old as they are.</summary>
    ValueTask StageAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken);

    /// <summary>Reads staged factors; null when there are none. The caller checks the digest.</summary>
    ValueTask<byte[]?> ReadStagedAsync(StagedKey key, CancellationToken cancellationToken);

    /// <summary>Lists all staged factors, committed or not, in no particular order.</summary>
    ValueTask<IReadOnlyList<StagedFactors>> ListStagedAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Removes staged files and unfinished ones that are older than a time, unless the head is no longer <paramref name="expectedHead"/>: the caller
    /// judged by an old history. Excludes <see cref="AppendAsync"/>, but makes nobody wait for long: where it has no turn soon it gives up.
    /// </summary>
    /// <param name="staged">The files, at most a few dozen: others wait meanwhile.</param>
    /// <param name="stagedBefore">What was written at this time or later stays.</param>
    /// <param name="expectedHead">The head that the caller judged by.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    ValueTask<RemoveOutcome> RemoveStagedAsync(
        IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore, LedgerHead expectedHead, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the entries beyond a version out of the log and keeps them aside, newest first, so that whoever is interrupted leaves a log
    /// without gaps. For the recovery of a damaged log alone: nothing else takes an entry back.
    /// </summary>
    /// <param name="newest">The version that is the newest afterwards.</param>
    /// <param name="cancellationToken">Stops before the next entry.</param>
    /// <returns>Where they are kept, for messages.</returns>
    ValueTask<string> SetAsideAsync(ModelVersion newest, CancellationToken cancellationToken);

    /// <summary>Reads notes in order, from the one after a number on: as many as the store gives in one step.</summary>
    /// <param name="after">The number before the first one read; 0 for all.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The notes, ending before the first that is not there; durable, all of them.</returns>
    ValueTask<IReadOnlyList<byte[]>> ReadNotesAsync(long after, CancellationToken cancellationToken);

    /// <summary>Creates the note of a number, durably, if that number is free. Of all calls with one number at most one creates it.</summary>
    /// <param name="number">Its number: one more than that of the last note, which the caller has read.</param>
    /// <param name="note">Its bytes.</param>
    /// <param name="cancellationToken">Looked at before the first write only.</param>
    /// <returns>False: the number is taken; nothing was written.</returns>
    ValueTask<bool> AddNoteAsync(long number, ReadOnlyMemory<byte> note, CancellationToken cancellationToken);

    /// <summary>Where something lies, for messages: a file's path, a table's row.</summary>
    /// <param name="item">The header, an entry or a staged file.</param>
    string Locate(LedgerItem item);
}

/// <summary>Something a store holds, to be named in a message.</summary>
/// <param name="Entry">The entry's version, or null.</param>
/// <param name="Staged">The staged file, or null.</param>
public readonly record struct LedgerItem(ModelVersion? Entry, StagedKey? Staged)
{
    /// <summary>The header.</summary>
    public static readonly LedgerItem Header;

    /// <summary>An entry.</summary>
    /// <param name="version">Its version.</param>
    public static implicit operator LedgerItem(ModelVersion version) => new(version, null);

    /// <summary>A staged file.</summary>
    /// <param name="key">Its key.</param>
    public static implicit operator LedgerItem(StagedKey key) => new(null, key);
}
