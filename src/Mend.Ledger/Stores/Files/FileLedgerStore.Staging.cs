using System.Collections.Concurrent;

namespace Mend.Ledger;

public sealed partial class FileLedgerStore
{
    private readonly ConcurrentDictionary<string, bool> _reportedEmpty = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async ValueTask StageAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await Task.Run(() => StageOffThreadAsync(key, factors, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> ReadStagedAsync(StagedKey key, CancellationToken cancellationToken) =>
        ReadAsync(_folder.FactorsFile(key), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StagedFactors>> ListStagedAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(ListStaged, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<RemoveOutcome> RemoveStagedAsync(
        IReadOnlyCollection<StagedKey> staged, LedgerHead expectedHead, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(staged);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(
            async () =>
            {
                if (!_folder.Exists)
                {
                    return new RemoveOutcome(expectedHead.Version != ModelVersion.Base, 0, 0, 0);
                }

                using FileStream held = await FolderLock.AcquireAsync(_folder.CollectionLock, exclusive: true, cancellationToken).ConfigureAwait(false);
                ThrowIfLocksDoNotWork();
                return DiscoverHead() == expectedHead ? Remove(staged) : new RemoveOutcome(HeadMoved: true, 0, 0, 0);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task StageOffThreadAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken)
    {
        await EnsureOwnerAsync(cancellationToken).ConfigureAwait(false);
        string path = _folder.FactorsFile(key);
        string folder = _folder.FactorsOf(key.Edit);

        // Compared, not only looked for: staging again repairs a file that was damaged on the disk.
        bool there = DurableFiles.ReadOrNull(path) is { } old && old.AsSpan().SequenceEqual(factors.Span);
        string temporary = NewTemporary();
        try
        {
            if (!there)
            {
                Step("stage:write");
                DurableFiles.WriteNew(temporary, factors.Span);
            }

            using FileStream held = await FolderLock.AcquireAsync(_folder.CollectionLock, exclusive: false, cancellationToken).ConfigureAwait(false);
            there = there && File.Exists(path);
            if (!there && !File.Exists(temporary))
            {
                // It was collected while this waited for the lock.
                DurableFiles.WriteNew(temporary, factors.Span);
            }

            File.SetLastWriteTimeUtc(there ? path : temporary, _time.GetUtcNow().UtcDateTime);
            if (!there)
            {
                Step("stage:folder");
                Directory.CreateDirectory(folder);
                Step("stage:rename");
                File.Move(temporary, path, overwrite: true);
            }

            // Also when it was there: whoever put it there may have died before this.
            Step("stage:flush");
            DurableFiles.FlushDirectory(folder);
            DurableFiles.FlushDirectory(_folder.Factors);
            Step("stage:done");
        }
        finally
        {
            DurableFiles.TryDelete(temporary);
        }
    }

    private List<StagedFactors> ListStaged()
    {
        List<StagedFactors> found = [];
        if (!_folder.Exists)
        {
            return found;
        }

        // Files first, then who holds them: a hold is taken before the first file, so no file of a live edit looks unheld.
        List<(StagedKey Key, FileInfo File)> files = [];
        foreach (FileInfo file in new DirectoryInfo(_folder.Factors).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            if (LedgerFolder.TryParseFactors(file.FullName, out StagedKey key))
            {
                files.Add((key, file));
            }
        }

        foreach (string folder in Directory.EnumerateDirectories(_folder.Factors).Where(IsEmpty))
        {
            _reportedEmpty.TryAdd(folder, true);
        }

        Dictionary<EditId, HoldState> holds = ReadHolds(report: true);
        foreach ((StagedKey key, FileInfo file) in files)
        {
            if (file.Exists)
            {
                found.Add(new StagedFactors(
                    key, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero), holds.GetValueOrDefault(key.Edit, HoldState.None)));
            }
        }

        return found;
    }

    private RemoveOutcome Remove(IReadOnlyCollection<StagedKey> staged)
    {
        Dictionary<EditId, HoldState> holds = ReadHolds(report: false);
        int files = 0;
        long bytes = 0;
        foreach (StagedKey key in staged.Where(key => holds.GetValueOrDefault(key.Edit) != HoldState.Live))
        {
            FileInfo file = new(_folder.FactorsFile(key));
            long length = file.Exists ? file.Length : 0;
            Step("remove:file");
            if (DurableFiles.TryDelete(file.FullName))
            {
                files++;
                bytes += length;
            }
        }

        // A process killed between creating a folder and moving the file into it, or after removing the last file, leaves an empty one.
        foreach (string folder in staged.Select(key => _folder.FactorsOf(key.Edit)).Concat(_reportedEmpty.Keys).Distinct(StringComparer.Ordinal))
        {
            if (Directory.Exists(folder) && IsEmpty(folder))
            {
                Step("remove:folder");
                Directory.Delete(folder);
            }
        }

        _reportedEmpty.Clear();
        return new RemoveOutcome(HeadMoved: false, files, bytes, RemoveDeadOwners());
    }

    private static bool IsEmpty(string folder) => !Directory.EnumerateFileSystemEntries(folder).Any();

    private void ThrowIfLocksDoNotWork()
    {
        using FileStream? second = FolderLock.TryOpen(_folder.CollectionLock, exclusive: false);
        if (second is not null)
        {
            throw new LedgerStoreException(
                _folder.CollectionLock,
                "file locks have no effect here, so nothing can be collected safely; nothing was removed. Put the ledger on a file system " +
                "with working locks, and unset DOTNET_SYSTEM_IO_DISABLEFILELOCKING.");
        }
    }
}
