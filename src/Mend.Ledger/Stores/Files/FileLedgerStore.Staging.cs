using System.Collections.Concurrent;

namespace Mend.Ledger;

public sealed partial class FileLedgerStore
{
    private readonly ConcurrentDictionary<string, bool> _empty = new(StringComparer.Ordinal);

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
        IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore, LedgerHead expectedHead, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(staged);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(
            async () =>
            {
                if (!_folder.Exists)
                {
                    return new RemoveOutcome(expectedHead.Version == ModelVersion.Base ? RemoveStatus.Removed : RemoveStatus.HeadMoved, 0, 0, 0);
                }

                RemoveOutcome outcome;
                using (FileStream? held = await FolderLock.TryHoldAsync(_folder.CollectionLock, cancellationToken).ConfigureAwait(false))
                {
                    outcome = held is null ? new RemoveOutcome(RemoveStatus.Busy, 0, 0, 0)
                        : DiscoverHead() != expectedHead ? new RemoveOutcome(RemoveStatus.HeadMoved, 0, 0, 0)
                        : Remove(staged, stagedBefore);
                }

                RemoveEmptyFolders(staged);
                return outcome;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static DateTimeOffset TimeOf(FileInfo file) => new(file.LastWriteTimeUtc, TimeSpan.Zero);

    private async Task StageOffThreadAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken)
    {
        _folder.Create();
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

            using FileStream held = await FolderLock.ShareAsync(_folder.CollectionLock, cancellationToken).ConfigureAwait(false);
            if (!there || !File.Exists(path))
            {
                if (!File.Exists(temporary))
                {
                    // What was there was collected while this waited for the lock.
                    DurableFiles.WriteNew(temporary, factors.Span);
                }

                // A file keeps this time for good: one that a removal may be about to take never looks young again.
                File.SetLastWriteTimeUtc(temporary, _time.GetUtcNow().UtcDateTime);
                MoveIntoPlace(temporary, path, folder);
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

    /// <summary>A removal that the lock does not keep out may take the folder, empty for a moment, before the file is in it.</summary>
    private void MoveIntoPlace(string temporary, string path, string folder)
    {
        for (int tries = 1; ; tries++)
        {
            Step("stage:folder");
            Directory.CreateDirectory(folder);
            try
            {
                Step("stage:rename");
                File.Move(temporary, path, overwrite: true);
                return;
            }
            catch (DirectoryNotFoundException) when (tries < 10)
            {
            }
        }
    }

    private List<StagedFactors> ListStaged()
    {
        List<StagedFactors> found = [];
        foreach (string folder in FoldersOfEdits())
        {
            IReadOnlyList<string> files = FilesOf(folder);
            if (files.Count == 0)
            {
                _empty.TryAdd(folder, true);
            }

            foreach (string path in files)
            {
                if (LedgerFolder.TryParseFactors(path, out StagedKey key) && new FileInfo(path) is { Exists: true } file)
                {
                    found.Add(new StagedFactors(key, file.Length, TimeOf(file)));
                }
            }
        }

        return found;
    }

    private RemoveOutcome Remove(IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore)
    {
        int files = 0;
        long bytes = 0;
        foreach (StagedKey key in staged)
        {
            FileInfo file = new(_folder.FactorsFile(key));
            if (!file.Exists || TimeOf(file) >= stagedBefore)
            {
                continue;
            }

            long length = file.Length;
            Step("remove:file");
            if (DurableFiles.TryDelete(file.FullName))
            {
                files++;
                bytes += length;
            }
        }

        List<string> temporary = [.. Directory.EnumerateFiles(_folder.Temporary).Where(path => TimeOf(new FileInfo(path)) < stagedBefore)];
        return new RemoveOutcome(RemoveStatus.Removed, files, bytes, temporary.Count(DurableFiles.TryDelete));
    }

    /// <summary>A process killed between creating a folder and moving the file into it leaves an empty one, too.</summary>
    private void RemoveEmptyFolders(IEnumerable<StagedKey> removed)
    {
        foreach (string folder in removed.Select(key => _folder.FactorsOf(key.Edit)).Concat(_empty.Keys).Distinct(StringComparer.Ordinal))
        {
            Step("remove:folder");
            DurableFiles.TryDeleteEmpty(folder);
            _empty.TryRemove(folder, out _);
        }
    }

    private IReadOnlyList<string> FoldersOfEdits() => Directory.Exists(_folder.Factors) ? Directory.GetDirectories(_folder.Factors) : [];

    /// <summary>None where another process has just removed the folder.</summary>
    private IReadOnlyList<string> FilesOf(string folder)
    {
        try
        {
            Step("list:folder");
            return Directory.GetFileSystemEntries(folder);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }
}
