using System.Collections.Concurrent;

namespace Mend.Ledger;

// A hold is an empty marker file that names its owner; an owner is alive while the lock on its file is held, which the
// operating system sees to. Owner ids are never used twice, so deleting a dead owner's lock can not hit a live one.
public sealed partial class FileLedgerStore
{
    private readonly ConcurrentDictionary<string, bool> _reportedAbandoned = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _markers = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async ValueTask<IAsyncDisposable> HoldAsync(EditId edit, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        string marker = _folder.Marker(edit, _owner, Interlocked.Increment(ref _lastName));
        await Task.Run(
            async () =>
            {
                await EnsureOwnerAsync(cancellationToken).ConfigureAwait(false);
                using FileStream held = await FolderLock.AcquireAsync(_folder.CollectionLock, exclusive: false, cancellationToken).ConfigureAwait(false);
                Step("hold:mark");
                File.Create(marker, bufferSize: 1).Dispose();
                _markers.TryAdd(marker, true);
                Step("hold:done");
            },
            cancellationToken).ConfigureAwait(false);
        return new Hold(this, marker);
    }

    /// <summary>What a killed process leaves: its lock is free, its markers and files stay.</summary>
    internal void SimulateCrash()
    {
        _disposed = true;
        _ownerLock?.Dispose();
        _ownerLock = null;
    }

    private async Task EnsureOwnerAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _ownerLock) is not null)
        {
            return;
        }

        await _ownerGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_ownerLock is null)
            {
                _folder.Create();

                // A removal must not see the lock file between its creation and its locking.
                using FileStream held = await FolderLock.AcquireAsync(_folder.CollectionLock, exclusive: false, cancellationToken).ConfigureAwait(false);
                Step("owner:lock");
                Volatile.Write(ref _ownerLock, new FileStream(_folder.OwnerLock(_owner), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
            }
        }
        finally
        {
            _ownerGate.Release();
        }
    }

    private void ReleaseOwner()
    {
        foreach (string marker in _markers.Keys)
        {
            DurableFiles.TryDelete(marker);
        }

        _ownerGate.Wait();
        try
        {
            if (_ownerLock is { } held)
            {
                _ownerLock = null;
                held.Dispose();
                DurableFiles.TryDelete(_folder.OwnerLock(_owner));
            }
        }
        finally
        {
            _ownerGate.Release();
        }
    }

    private bool IsAlive(string owner) => FolderLock.IsHeld(_folder.OwnerLock(owner));

    private Dictionary<EditId, HoldState> ReadHolds(bool report)
    {
        Dictionary<EditId, HoldState> holds = [];
        Dictionary<string, bool> alive = new(StringComparer.Ordinal);
        foreach (string marker in Directory.EnumerateFiles(_folder.InFlight))
        {
            if (!LedgerFolder.TryParseMarker(marker, out EditId edit, out string owner))
            {
                continue;
            }

            if (!alive.TryGetValue(owner, out bool lives))
            {
                alive.Add(owner, lives = IsAlive(owner));
            }

            if (lives)
            {
                holds[edit] = HoldState.Live;
            }
            else
            {
                holds.TryAdd(edit, HoldState.Abandoned);
                if (report)
                {
                    _reportedAbandoned.TryAdd(marker, true);
                }
            }
        }

        return holds;
    }

    /// <summary>
    /// Removes the markers of dead owners that the caller was told of (of others it may not have judged the edits yet), their
    /// unfinished files, and the locks of those with no marker left. Runs under the exclusive lock.
    /// </summary>
    private int RemoveDeadOwners()
    {
        foreach (string marker in _reportedAbandoned.Keys)
        {
            if (LedgerFolder.TryParseMarker(marker, out _, out string owner) && !IsAlive(owner))
            {
                Step("remove:marker");
                DurableFiles.TryDelete(marker);
            }

            _reportedAbandoned.TryRemove(marker, out _);
        }

        int removed = Directory.EnumerateFiles(_folder.Temporary)
            .Where(path => !IsAlive(LedgerFolder.OwnerOf(path)))
            .ToList()
            .Count(DurableFiles.TryDelete);

        HashSet<string> marked = Directory.EnumerateFiles(_folder.InFlight)
            .Select(path => LedgerFolder.TryParseMarker(path, out _, out string owner) ? owner : string.Empty)
            .ToHashSet(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(_folder.Owners).ToList())
        {
            string owner = LedgerFolder.OwnerOf(path);
            if (!marked.Contains(owner) && !IsAlive(owner))
            {
                Step("remove:owner");
                DurableFiles.TryDelete(path);
            }
        }

        return removed;
    }

    private sealed class Hold(FileLedgerStore store, string marker) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            // A store that was disposed of has released everything; one whose crash is simulated must release nothing.
            if (!store._disposed && store._markers.TryRemove(marker, out _))
            {
                DurableFiles.TryDelete(marker);
            }

            return ValueTask.CompletedTask;
        }
    }
}
