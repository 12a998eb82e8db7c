namespace Mend.Ledger;

/// <summary>
/// A ledger in a folder, shared by any number of processes of one machine (or of several, on a network file system whose
/// locks and hard links work between machines). An entry appears by a hard link to a complete, flushed file, so of two
/// processes only one wins a version and no reader ever sees a part of one. Safe to share between threads.
/// </summary>
public sealed partial class FileLedgerStore : ILedgerStore
{
    private readonly LedgerFolder _folder;
    private readonly TimeProvider _time;
    private readonly string _owner;
    private readonly Action<string>? _step;
    private readonly SemaphoreSlim _ownerGate = new(1, 1);
    private readonly Lock _headGate = new();
    private FileStream? _ownerLock;
    private long _lastName;
    private long _head = -1;
    private volatile bool _disposed;

    /// <summary>Opens the store; nothing is written before the first write.</summary>
    /// <param name="directory">The ledger's folder; created with the header.</param>
    /// <param name="time">The clock that dates staged files; null for the system's.</param>
    /// <param name="owner">A GUID that no other store of this folder ever had; null draws one.</param>
    public FileLedgerStore(string directory, TimeProvider? time = null, Guid? owner = null)
        : this(directory, time, owner, step: null)
    {
    }

    /// <summary>Opens the store with a callback before and after every change on the disk, for tests that stop it there.</summary>
    internal FileLedgerStore(string directory, TimeProvider? time, Guid? owner, Action<string>? step)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _folder = new LedgerFolder(directory);
        _time = time ?? TimeProvider.System;
        _owner = (owner ?? Guid.NewGuid()).ToString("n");
        _step = step;
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> ReadHeaderAsync(CancellationToken cancellationToken) => ReadAsync(_folder.Header, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> CreateHeaderAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(
            async () =>
            {
                if (File.Exists(_folder.Header))
                {
                    return false;
                }

                Step("header:folders");
                _folder.Create();
                await EnsureOwnerAsync(cancellationToken).ConfigureAwait(false);
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
        LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(staged);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(() => AppendOffThreadAsync(previous, entry, staged, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<string> SetAsideAsync(ModelVersion newest, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(
            async () =>
            {
                using FileStream held = await FolderLock.AcquireAsync(_folder.CollectionLock, exclusive: true, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Releases every hold of this store.</summary>
    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            ReleaseOwner();
        }

        return ValueTask.CompletedTask;
    }

    private async Task<AppendOutcome> AppendOffThreadAsync(
        LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, CancellationToken cancellationToken)
    {
        ModelVersion version = previous.Version.Next;
        string path = _folder.Entry(version);
        if (File.Exists(path))
        {
            return AppendOutcome.VersionTaken;
        }

        await EnsureOwnerAsync(cancellationToken).ConfigureAwait(false);

        // Shared with other appends, excluded by the removal of staged files: what is there now stays there until the entry is.
        using FileStream held = await FolderLock.AcquireAsync(_folder.CollectionLock, exclusive: false, cancellationToken).ConfigureAwait(false);
        if (ReadHead(previous.Version) != previous || (previous.Digest is null && version > ModelVersion.Base.Next))
        {
            // Unless somebody took the version meanwhile, and a third one the next.
            return File.Exists(path) ? AppendOutcome.VersionTaken : AppendOutcome.PreviousMissing;
        }

        if (!staged.All(key => File.Exists(_folder.FactorsFile(key))))
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

    private string NewTemporary() => _folder.TemporaryFile(_owner, Interlocked.Increment(ref _lastName));

    private void Step(string name) => _step?.Invoke(name);
}
