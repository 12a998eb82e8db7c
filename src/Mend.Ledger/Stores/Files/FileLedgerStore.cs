namespace Mend.Ledger;

/// <summary>
/// A ledger in a folder, shared by any number of processes of one machine, or of several on a network file system with hard links. An entry appears by a hard link to a complete, flushed file, so of two
/// processes only one wins a version and no reader ever sees a part of one. Safe to share between threads.
/// </summary>
/// <remarks>
/// Where the file system's locks do not reach other machines (NFS with <c>nolock</c> or <c>local_lock=all</c>), nothing is lost all the same: an entry
/// names young factors only and a removal takes old ones, half a grace period apart, which is more than clocks and caches of machines
/// that work together differ by.
/// </remarks>
public sealed partial class FileLedgerStore : ILedgerStore
{
    private readonly LedgerFolder _folder;
    private readonly TimeProvider _time;
    private readonly string _name = Guid.NewGuid().ToString("n");
    private readonly Action<string>? _step;
    private readonly Lock _headGate = new();
    private long _lastName;
    private long _head = -1;
    private volatile bool _headerIsDurable;
    private volatile bool _disposed;

    /// <summary>Opens the store; nothing is written before the first write.</summary>
    /// <param name="directory">The ledger's folder; created with the header.</param>
    /// <param name="time">The clock that dates staged files; null for the system's.</param>
    public FileLedgerStore(string directory, TimeProvider? time = null)
        : this(directory, time, step: null)
    {
    }

    /// <summary>Opens the store with a callback before and after every change on the disk, for tests that stop it there.</summary>
    internal FileLedgerStore(string directory, TimeProvider? time, Action<string>? step)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _folder = new LedgerFolder(directory);
        _time = time ?? TimeProvider.System;
        _step = step;
    }

    /// <inheritdoc/>
    public async ValueTask<byte[]?> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        byte[]? header = await ReadAsync(_folder.Header, cancellationToken).ConfigureAwait(false);
        if (header is not null && !_headerIsDurable)
        {
            // Its writer may have been killed just after linking it: nobody builds on a header that might vanish with the power.
            await Task.Run(_folder.Flush, cancellationToken).ConfigureAwait(false);
            _headerIsDurable = true;
        }

        return header;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> CreateHeaderAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(
            () =>
            {
                if (File.Exists(_folder.Header))
                {
                    return false;
                }

                Step("header:folders");
                _folder.Create();
                return Publish(header.Span, _folder.Header, _folder.Root, "header");
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<LedgerHead> HeadAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(DiscoverHead, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> ReadEntryAsync(ModelVersion version, CancellationToken cancellationToken) =>
        ReadAsync(_folder.Entry(version), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<AppendOutcome> AppendAsync(
        LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(staged);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(() => AppendOffThreadAsync(previous, entry, staged, stagedSince, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<string> SetAsideAsync(ModelVersion newest, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(
            async () =>
            {
                using FileStream held = await FolderLock.TryHoldAsync(_folder.CollectionLock, cancellationToken).ConfigureAwait(false)
                    ?? throw new LedgerStoreException(_folder.Root, "others write to the ledger; nothing was changed. Stop them first.");
                string aside = _folder.Aside(_time.GetUtcNow());
                Directory.CreateDirectory(aside);
                DurableFiles.FlushDirectory(_folder.Root);
                for (long version = ListedHead(); version > newest.Number; version--)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    string path = _folder.Entry(new ModelVersion(version));
                    if (File.Exists(path))
                    {
                        Step("aside:move");
                        File.Move(path, Path.Combine(aside, Path.GetFileName(path)), overwrite: true);
                        DurableFiles.FlushDirectory(aside);
                        DurableFiles.FlushDirectory(_folder.Entries);
                    }
                }

                return aside;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public string Locate(LedgerItem item) => item switch
    {
        { Entry: { } version } => _folder.Entry(version),
        { Staged: { } key } => _folder.FactorsFile(key),
        _ => _folder.Header,
    };

    /// <summary>Ends the store; nothing is open between calls.</summary>
    public ValueTask DisposeAsync()
    {
        _disposed = true;
        return ValueTask.CompletedTask;
    }

    private async Task<AppendOutcome> AppendOffThreadAsync(
        LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
    {
        ModelVersion version = previous.Version.Next;
        string path = _folder.Entry(version);
        if (File.Exists(path))
        {
            return AppendOutcome.VersionTaken;
        }

        _folder.Create();

        // Shared with other appends, excluded by the removal of staged files: what is there now stays there until the entry is.
        using FileStream held = await FolderLock.ShareAsync(_folder.CollectionLock, cancellationToken).ConfigureAwait(false);
        if (ReadHead(previous.Version) != previous || (previous.Digest is null && version > ModelVersion.Base.Next))
        {
            // Unless somebody took the version meanwhile, and a third one the next.
            return File.Exists(path) ? AppendOutcome.VersionTaken : AppendOutcome.PreviousMissing;
        }

        if (!staged.All(key => new FileInfo(_folder.FactorsFile(key)) is { Exists: true } file && TimeOf(file) >= stagedSince))
        {
            return AppendOutcome.StagedMissing;
        }

        if (!Publish(entry.Span, path, _folder.Entries, "append"))
        {
            return AppendOutcome.VersionTaken;
        }

        lock (_headGate)
        {
            // It is durable already; the next look at the head need not flush the folder for it.
            _head = _head == version.Number - 1 ? version.Number : _head;
        }

        return AppendOutcome.Appended;
    }

    /// <summary>Creates a file that is complete, flushed and durable from the moment its name exists, if the name is free.</summary>
    private bool Publish(ReadOnlySpan<byte> content, string path, string folder, string what)
    {
        string temporary = NewTemporary();
        try
        {
            Step(what + ":write");
            DurableFiles.WriteNew(temporary, content);
            Step(what + ":link");
            if (!DurableFiles.TryPublish(temporary, path))
            {
                return false;
            }

            Step(what + ":flush");
            DurableFiles.FlushDirectory(folder);
            Step(what + ":done");
            return true;
        }
        finally
        {
            DurableFiles.TryDelete(temporary);
        }
    }

    /// <summary>
    /// The tail is remembered; what others appended since is found by asking for the next names. The newest entry is read each time: it may
    /// be another one than before.
    /// </summary>
    private LedgerHead DiscoverHead()
    {
        lock (_headGate)
        {
            // The first time the folder is listed, and where the tail went: so that a gap is seen as a missing entry and not as the end.
            long head = _head <= 0 || !File.Exists(_folder.Entry(new ModelVersion(_head))) ? ListedHead() : _head;
            while (File.Exists(_folder.Entry(new ModelVersion(head + 1))))
            {
                head++;
            }

            if (head > 0 && head != _head)
            {
                // An entry whose writer was killed just after linking it might vanish with the power: nobody is told of it before it is durable.
                DurableFiles.FlushDirectory(_folder.Entries);
            }

            _head = head;
            return ReadHead(new ModelVersion(head));
        }
    }

    private LedgerHead ReadHead(ModelVersion version) =>
        LedgerHead.Of(version, DurableFiles.ReadOrNull(version == ModelVersion.Base ? _folder.Header : _folder.Entry(version)));

    private long ListedHead()
    {
        long head = 0;
        if (Directory.Exists(_folder.Entries))
        {
            foreach (string path in Directory.EnumerateFiles(_folder.Entries))
            {
                head = LedgerFolder.TryParseEntry(path, out long version) ? Math.Max(head, version) : head;
            }
        }

        return head;
    }

    private async ValueTask<byte[]?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(() => DurableFiles.ReadOrNull(path), cancellationToken).ConfigureAwait(false);
    }

    private string NewTemporary() => _folder.TemporaryFile(_name, Interlocked.Increment(ref _lastName));

    private void Step(string name) => _step?.Invoke(name);
}
