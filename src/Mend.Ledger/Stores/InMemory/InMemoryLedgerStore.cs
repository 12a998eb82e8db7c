namespace Mend.Ledger;

/// <summary>
/// A ledger in memory, for previews, tests and simulations. <see cref="Connect"/> gives further stores on the same content, each
/// standing for a process of its own. Safe to share between threads.
/// </summary>
public sealed class InMemoryLedgerStore : ILedgerStore
{
    private readonly Content _content;
    private readonly TimeProvider _time;
    private bool _gone;

    /// <summary>Creates an empty ledger.</summary>
    /// <param name="time">The clock that dates staged factors; null for the system's.</param>
    public InMemoryLedgerStore(TimeProvider? time = null)
        : this(new Content(), time ?? TimeProvider.System)
    {
    }

    private InMemoryLedgerStore(Content content, TimeProvider time)
    {
        _content = content;
        _time = time;
    }

    /// <summary>Another store on the same content, as another process would have it.</summary>
    /// <param name="time">The clock that dates what it stages; null for this one's.</param>
    public InMemoryLedgerStore Connect(TimeProvider? time = null) => new(_content, time ?? _time);

    /// <summary>Ends this store as a killed process ends: every later call on it throws.</summary>
    public void Crash()
    {
        lock (_content)
        {
            _gone = true;
        }
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> ReadHeaderAsync(CancellationToken cancellationToken) => Do(() => _content.Header, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> CreateHeaderAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken) => Do(
        () =>
        {
            bool created = _content.Header is null;
            _content.Header ??= header.ToArray();
            _content.Look();
            return created;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LedgerHead> HeadAsync(CancellationToken cancellationToken) => Do(() => _content.NewestEntry, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<byte[]?> ReadEntryAsync(ModelVersion version, CancellationToken cancellationToken) => Do(
        () => _content.Entries.GetValueOrDefault(version),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> AppendAsync(
        LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(staged);
        return Do(
            () =>
            {
                if (_content.Entries.ContainsKey(previous.Version.Next))
                {
                    return AppendOutcome.VersionTaken;
                }

                if (previous != _content.NewestEntry)
                {
                    return AppendOutcome.PreviousMissing;
                }

                if (!staged.All(key => _content.Staged.TryGetValue(key, out (byte[] Bytes, DateTimeOffset At) there) && there.At >= stagedSince))
                {
                    return AppendOutcome.StagedMissing;
                }

                _content.Append(entry.ToArray());
                return AppendOutcome.Appended;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask StageAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken) =>
        await Do(
            () =>
            {
                bool there = _content.Staged.TryGetValue(key, out (byte[] Bytes, DateTimeOffset At) old) && old.Bytes.AsSpan().SequenceEqual(factors.Span);
                return there ? old : _content.Staged[key] = (factors.ToArray(), _time.GetUtcNow());
            },
            cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<byte[]?> ReadStagedAsync(StagedKey key, CancellationToken cancellationToken) => Do(
        () => _content.Staged.TryGetValue(key, out (byte[] Bytes, DateTimeOffset At) staged) ? staged.Bytes : null,
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StagedFactors>> ListStagedAsync(CancellationToken cancellationToken) => Do<IReadOnlyList<StagedFactors>>(
        () => [.. _content.Staged.Select(pair => new StagedFactors(pair.Key, pair.Value.Bytes.Length, pair.Value.At))],
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RemoveOutcome> RemoveStagedAsync(
        IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore, LedgerHead expectedHead, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(staged);
        return Do(() => expectedHead == _content.NewestEntry ? Remove(staged, stagedBefore) : new RemoveOutcome(RemoveStatus.HeadMoved, 0, 0, 0), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<string> SetAsideAsync(ModelVersion newest, CancellationToken cancellationToken) => Do(
        () =>
        {
            foreach (ModelVersion version in _content.Entries.Keys.Where(version => version > newest).ToList())
            {
                _content.Entries.Remove(version);
            }

            _content.Look();
            return "nowhere: they were in memory";
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<byte[]>> ReadNotesAsync(long after, CancellationToken cancellationToken) => Do<IReadOnlyList<byte[]>>(
        () => [.. _content.Notes.Skip((int)after)],
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> AddNoteAsync(long number, ReadOnlyMemory<byte> note, CancellationToken cancellationToken) => Do(
        () =>
        {
            bool free = number == _content.Notes.Count + 1;
            if (free)
            {
                _content.Notes.Add(note.ToArray());
            }

            return free;
        },
        cancellationToken);

    /// <summary>Changes what is stored, as nothing but a damage does; for tests.</summary>
    /// <param name="item">The header, an entry or staged factors.</param>
    /// <param name="change">The new bytes for the old ones; null takes the item away.</param>
    internal void Damage(LedgerItem item, Func<byte[], byte[]?> change)
    {
        lock (_content)
        {
            switch (item)
            {
                case { Entry: { } version } when change(_content.Entries[version]) is { } changed:
                    _content.Entries[version] = changed;
                    break;
                case { Entry: { } version }:
                    _content.Entries.Remove(version);
                    break;
                case { Staged: { } key } when change(_content.Staged[key].Bytes) is { } changed:
                    _content.Staged[key] = _content.Staged[key] with { Bytes = changed };
                    break;
                case { Staged: { } key }:
                    _content.Staged.Remove(key);
                    break;
                default:
                    _content.Header = change(_content.Header!);
                    break;
            }

            _content.Look();
        }
    }

    /// <inheritdoc/>
    public string Locate(LedgerItem item) => item switch
    {
        { Entry: { } version } => $"memory: entry {version}",
        { Staged: { } key } => $"memory: {key}",
        _ => "memory: header",
    };

    /// <summary>Ends this store; the content stays with the other stores on it.</summary>
    public ValueTask DisposeAsync()
    {
        Crash();
        return ValueTask.CompletedTask;
    }

    private RemoveOutcome Remove(IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore)
    {
        int files = 0;
        long bytes = 0;
        foreach (StagedKey key in staged)
        {
            if (_content.Staged.TryGetValue(key, out (byte[] Bytes, DateTimeOffset At) there) && there.At < stagedBefore)
            {
                _content.Staged.Remove(key);
                files++;
                bytes += there.Bytes.Length;
            }
        }

        return new RemoveOutcome(RemoveStatus.Removed, files, bytes, Temporary: 0);
    }

    private ValueTask<T> Do<T>(Func<T> operation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_content)
        {
            ObjectDisposedException.ThrowIf(_gone, this);
            return ValueTask.FromResult(operation());
        }
    }

    private sealed class Content
    {
        public byte[]? Header { get; set; }

        public Dictionary<ModelVersion, byte[]> Entries { get; } = [];

        public Dictionary<StagedKey, (byte[] Bytes, DateTimeOffset At)> Staged { get; } = [];

        public List<byte[]> Notes { get; } = [];

        public LedgerHead NewestEntry { get; private set; }

        public void Append(byte[] entry)
        {
            Entries.Add(NewestEntry.Version.Next, entry);
            NewestEntry = LedgerHead.Of(NewestEntry.Version.Next, entry);
        }

        /// <summary>Says what is newest after anything but an append.</summary>
        public void Look()
        {
            ModelVersion newest = Entries.Keys.DefaultIfEmpty().Max();
            NewestEntry = LedgerHead.Of(newest, Entries.GetValueOrDefault(newest, Header!));
        }
    }
}
