namespace Mend.Ledger;

public sealed partial class EditLedger
{
    private bool _lossTold;

    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        LedgerHead head = await _store.HeadAsync(cancellationToken).ConfigureAwait(false);
        if (head == _history.Stored)
        {
            return;
        }

        if (head.Version <= _history.Head)
        {
            await ThrowIfLostAsync(cancellationToken).ConfigureAwait(false);
        }

        while (_history.Head < head.Version)
        {
            IReadOnlyList<byte[]> entries = await _store.ReadEntriesAsync(_history.Head, cancellationToken).ConfigureAwait(false);
            if (entries.Count == 0)
            {
                // Gone since the head was read: lost with others, and never known here.
                if (await _store.HeadAsync(cancellationToken).ConfigureAwait(false) != head)
                {
                    await CatchUpAsync(cancellationToken).ConfigureAwait(false);
                    return;
                }

                ModelVersion missing = _history.Head.Next;
                throw new LedgerDamagedException(_store.Locate(missing), $"Version {missing} is missing, but there is a version {head.Version}.", LedgerCodec.Restore);
            }

            foreach (byte[] bytes in entries)
            {
                ModelVersion next = _history.Head.Next;
                string location = _store.Locate(next);
                (LedgerEntry entry, Sha256Digest digest) = LedgerCodec.DecodeEntry(bytes, next, location);
                if (!_history.Precedes(entry))
                {
                    await ThrowIfLostAsync(cancellationToken).ConfigureAwait(false);
                }

                _history.Append(entry, digest, bytes, location);
            }
        }
    }

    /// <summary>What this process committed it knows from then on, so that it misses it when it is gone.</summary>
    private async Task RememberAsync(LedgerHead previous, LedgerEntry entry, Sha256Digest digest, byte[] bytes)
    {
        await _historyGate.EnterAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_history.Stored == previous)
            {
                _history.Append(entry, digest, bytes, _store.Locate(entry.Version));
            }
        }
        finally
        {
            _historyGate.Leave();
        }
    }

    /// <summary>
    /// Throws where the newest entry that was read here is no longer in the store, or another one is in its place. A store that is merely
    /// behind for a moment still has it.
    /// </summary>
    private async Task ThrowIfLostAsync(CancellationToken cancellationToken)
    {
        ModelVersion kept = _history.Head;
        while (!await IsStoredAsync(kept, cancellationToken).ConfigureAwait(false) && kept != ModelVersion.Base)
        {
            kept = new ModelVersion(kept.Number - 1);
        }

        IReadOnlyList<LedgerEntry> lost = _history.EntriesAfter(kept);
        if (lost.Count == 0 && await IsStoredAsync(kept, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        LedgerTailLostException error = new(_store.Locate(kept == ModelVersion.Base ? LedgerItem.Header : kept), kept, lost);
        if (!_lossTold)
        {
            _lossTold = true;
            LedgerTelemetry.LostVersions.Add(lost.Count);
            _options.TailLost?.Invoke(error);
        }

        throw error;
    }

    private async Task<bool> IsStoredAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        byte[]? bytes = version == ModelVersion.Base
            ? await _store.ReadHeaderAsync(cancellationToken).ConfigureAwait(false)
            : await _store.ReadEntryAsync(version, cancellationToken).ConfigureAwait(false);
        return LedgerHead.Of(version, bytes) == _history.StoredAt(version);
    }
}
