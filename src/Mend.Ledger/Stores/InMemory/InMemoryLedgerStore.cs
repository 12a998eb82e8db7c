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
    public InMemoryLedgerStore Connect() => new(_content, _time);

    /// <summary>Ends this store as a killed process ends: its holds become abandoned, and every later call on it throws.</summary>
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
        LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, CancellationToken cancellationToken)
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

                if (!staged.All(_content.Staged.ContainsKey))
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
        await Do(() => _content.Staged[key] = (factors.ToArray(), _time.GetUtcNow()), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<byte[]?> ReadStagedAsync(StagedKey key, CancellationToken cancellationToken) => Do(
        () => _content.Staged.TryGetValue(key, out (byte[] Bytes, DateTimeOffset At) staged) ? staged.Bytes : null,
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StagedFactors>> ListStagedAsync(CancellationToken cancellationToken) => Do<IReadOnlyList<StagedFactors>>(
        () => [.. _content.Staged.Select(pair => new StagedFactors(pair.Key, pair.Value.Bytes.Length, pair.Value.At, _content.HoldOf(pair.Key.Edit)))],
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IAsyncDisposable> HoldAsync(EditId edit, CancellationToken cancellationToken) => Do<IAsyncDisposable>(
        () =>
        {
            Hold hold = new(this, edit);
            _content.Holds.Add(hold);
            return hold;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RemoveOutcome> RemoveStagedAsync(
        IReadOnlyCollection<StagedKey> staged, LedgerHead expectedHead, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(staged);
        return Do(() => expectedHead == _content.NewestEntry ? Remove(staged) : new RemoveOutcome(HeadMoved: true, 0, 0, 0), cancellationToken);
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

    /// <summary>Releases every hold of this store; the content stays with the other stores on it.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_content)
        {
            if (!_gone)
            {
                _gone = true;
                _content.Holds.RemoveAll(hold => hold.Store == this);
            }
        }

        return ValueTask.CompletedTask;
    }

    private RemoveOutcome Remove(IReadOnlyCollection<StagedKey> staged)
    {
        int files = 0;
        long bytes = 0;
        foreach (StagedKey key in staged)
        {
            if (_content.HoldOf(key.Edit) != HoldState.Live && _content.Staged.Remove(key, out (byte[] Bytes, DateTimeOffset At) removed))
            {
                files++;
                bytes += removed.Bytes.Length;
            }
        }

        HashSet<EditId> left = [.. _content.Staged.Keys.Select(key => key.Edit)];
        _content.Holds.RemoveAll(hold => hold.Store._gone && !left.Contains(hold.Edit));
        return new RemoveOutcome(HeadMoved: false, files, bytes, Temporary: 0);
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

        public List<Hold> Holds { get; } = [];

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

        public HoldState HoldOf(EditId edit)
        {
            List<Hold> holds = Holds.FindAll(hold => hold.Edit == edit);
            return holds.Count == 0 ? HoldState.None : holds.TrueForAll(hold => hold.Store._gone) ? HoldState.Abandoned : HoldState.Live;
        }
    }

    private sealed class Hold(InMemoryLedgerStore store, EditId edit) : IAsyncDisposable
    {
        public InMemoryLedgerStore Store { get; } = store;

        public EditId Edit { get; } = edit;

        public ValueTask DisposeAsync()
        {
            lock (Store._content)
            {
                if (!Store._gone)
                {
                    Store._content.Holds.Remove(this);
                }
            }

            return ValueTask.CompletedTask;
        }
    }
}
